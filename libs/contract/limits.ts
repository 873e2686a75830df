import { DAY_MS, GIB, KIB, MIB, MINUTE_MS, SECOND_MS } from '@lib/kernel';

/**
 * Every bound in the product, by name, unit last. A loop over input, a queue, a page, a retry or a file reads its bound here.
 * The comment beside a limit is its reason; the tidy test refuses a limit without one.
 */
export const limits = {
  // Tree and files
  treeFilesMax: 200_000, // more entries than any repository we have seen; guards inode exhaustion
  treeBytesMax: 2 * GIB, // unpacked size; CWE-409
  treeDepthMax: 64, // git hosts advise 50
  pathBytesMax: 1024, // longer paths break other people's tools before ours
  nameBytesMax: 255, // POSIX NAME_MAX
  storedFileBytesMax: 10 * MIB, // larger files are listed, not stored: they are data, not source
  sourceFileBytesMax: 1 * MIB, // parsers are superlinear on minified bundles
  manifestBytesMax: 64 * MIB, // manifest of the largest tree allowed
  treeEntriesMax: 1_000_000, // directory entries looked at, dropped ones included; a folder of links alone must end too

  // Archives. CWE-409, CWE-22
  archiveBytesMax: 512 * MIB, // as it arrives; a git host pushes 2 GiB at most and advises far less
  archiveEntriesMax: 200_000, // entries of every kind; archive libraries stop at 10,000, repositories do not
  archiveEntryBytesMax: 100 * MIB, // git hosts refuse larger files; those over storedFileBytesMax are listed, not stored
  archiveFoldersMax: 200_000, // folders, also those that no entry names: each is held in memory
  archiveFolderWidthMax: 20_000, // entries of one folder; git hosts advise 3,000
  archiveRatioMax: 200, // unpacked to packed; source code packs 3 to 10 times, zeros 1,000 times
  archiveRatioGraceBytes: 16 * MIB, // unpacked before the ratio counts: small files of zeros are ordinary
  archiveMetaBytesMax: 64 * KIB, // one extended header; a path and a few attributes need less than 2 KiB
  archiveMetaPerEntryMax: 8, // extended headers before one entry; writers need three
  archiveDirectoryBytesMax: 64 * MIB, // the directory of a zip: archiveEntriesMax entries with names of 300 bytes
  archiveWindowLog: 26, // zstd window, 64 MiB: what the memory bound leaves room for
  archiveWallMs: 120 * SECOND_MS, // the largest archive takes a quarter of this on a slow disk
  archiveKeepMs: DAY_MS, // an upload that no scan has asked for by then is forgotten
  archivesPendingMax: 20, // uploads of one tenant that wait: 10 GiB of disk
  uploadMsMax: 15 * MINUTE_MS, // for a whole upload to arrive: the largest at 600 KiB a second
  archiveChunkBytes: 256 * KIB, // read and unpacked at a time
  downloadWallMs: 10 * MINUTE_MS, // the largest archive at 1 MiB a second
  downloadIdleMs: 30 * SECOND_MS, // silence after which a server is gone
  downloadRedirectsMax: 3, // a git host sends one
  downloadHeaderBytesMax: 16 * KIB, // of an answer
  gitStepMs: MINUTE_MS, // one look at what was fetched; a tree of 200,000 entries takes a second
  gitWatchMs: 250, // how often the packs are weighed while they arrive
  gitAddressBytesMax: 4 * GIB, // RLIMIT_AS: the packs, mapped, and their index
  gitCpuSecondsMax: 600, // RLIMIT_CPU: resolving the deltas of the largest pack
  gitOpenFilesMax: 256, // RLIMIT_NOFILE

  // Findings
  findingsPerScanMax: 50_000, // past this a reader needs a different tool
  sightingsKnownMax: 200_000, // reports of tools of one repository among which those of a new scan are looked for: four of the largest scans
  sightingsShownMax: 100, // what tools say of one finding; one scanner tells each advisory of a package
  findingsPerFileMax: 500, // a generated file must not drown the rest

  // Secrets
  secretKeywordsPerFileMax: 20_000, // words like `token` in one file; a file with more is a list of words, and what follows is reported as left out
  secretUnpackDepthMax: 2, // base64 within base64: settings that carry settings; deeper is a puzzle
  secretPackedRunsMax: 2_000, // stretches unpacked in one file
  secretUnpackedCharsMax: 4 * MIB, // unpacked in one file, all depths together
  findingsPerStatementMax: 2_000, // one insert; its rows travel as one JSON text
  draftLineBytesMax: 256 * KIB, // one JSON line on the result pipe
  draftStreamBytesMax: 512 * MIB, // the whole result pipe of one scan
  flowStepsMax: 64, // longer traces are not read by anyone
  excerptLinesMax: 15, // context of the finding, not the file
  excerptLineCharsMax: 400, // minified lines are cut
  commentCharsMax: 4_000, // what a person says about a finding; a page of text
  findingsPerDecisionMax: 200, // one page of the list: more than a person has looked at is not a decision
  suppressionReasonCharsMin: 10, // a word is no reason
  suppressionsWideMax: 200, // claims about a rule or an advisory that have not ended: each is held against every finding of a scan
  suppressionMsMin: MINUTE_MS, // a claim that is over before it is read is a mistake
  suppressionMsMax: 366 * DAY_MS, // a year, then somebody looks again
  noteCharsMax: 300, // one word or sentence
  titleCharsMax: 200, // one line in a table
  messageCharsMax: 4000, // a paragraph or two
  ruleIdCharsMax: 100, // fits a column
  cwePerFindingMax: 8, // a finding has one main weakness and its parents
  referencesPerFindingMax: 12, // links a reader may follow
  coverageEntriesMax: 2_000, // entries listed; counts are always complete

  // Results of other tools
  importBytesMax: 64 * MIB, // a log of 13,000 results has some 20; code hosts take 10 MiB packed
  importRunsMax: 20, // runs of one log, as code hosts have it
  sarifResultsMax: 25_000, // results of one run that code hosts take; the rest of an upload would be refused with them
  importSameMs: 7 * DAY_MS, // results that are word for word those of an import within this need no new proof
  importResultsMax: 50_000, // results of one log: findingsPerScanMax

  // Dependencies
  lockFileBytesMax: 10 * MIB, // lock files of large workspaces have several MiB, and are read in one pass
  scaParentsMax: 20, // poms above one another, and lists that import lists
  scaPomsMax: 2_000, // poms of one tree among which a parent is looked for
  scaPropertyRoundsMax: 20, // properties that name properties
  dependencyPathMax: 20, // packages from the project to the one that is meant; the longest seen have twelve
  vexStatementsMax: 10_000, // statements of one VEX document; those of a whole distribution have some thousands
  vexFindingsMax: 2_000, // packages of one document of ours: each is read with its evidence verified
  vexNotesPerFindingMax: 20, // statements shown beside one finding
  symbolsPerFindingMax: 20, // functions named that a package's advisories are about
  scaSourceBytesMax: 256 * MIB, // sources of one language that are looked through for names of packages; past this nothing is said to be unused
  componentsPerScanMax: 50_000, // packages of one tree; workspaces of the largest companies have ten thousand
  componentEdgesMax: 1_000, // packages that one package needs by itself; the most seen are some 200
  advisoryFeedBytesMax: 4 * GIB, // an export of advisories, packed; all of osv.dev has one
  advisoryDocumentsMax: 1_000_000, // documents of one import; osv.dev has half as many, most of them of malicious packages
  advisoryDocumentBytesMax: 8 * MIB, // one document; those that list every version of a kernel have two
  advisoryDirectoryBytesMax: 256 * MIB, // the directory of an export: advisoryDocumentsMax entries with names of a hundred bytes
  advisoryTableBytesMax: 256 * MIB, // a table of probabilities or a catalogue, unpacked; today's has 10
  advisorySyncWallMs: 60 * MINUTE_MS, // for one file of a mirror to arrive
  advisoryIdsPerFindingMax: 200, // one old version of a large framework has a hundred, each with two names

  // Infrastructure code
  iacDepthMax: 100, // nesting of blocks, expressions and YAML nodes; people stop at ten, the stack at thousands
  iacNodesMax: 200_000, // syntax nodes of one file; a file of the largest size holds fewer
  iacValuesMax: 1_000_000, // values made while one Terraform module is evaluated: loops multiply
  iacTextCharsMax: 65_536, // a string that evaluation builds: templates of templates double
  iacModuleDepthMax: 10, // modules that call modules; Terraform itself gets slow at five
  iacModuleInstancesMax: 2_000, // calls of local modules that one root leads to, loops multiplied out
  iacInstancesMax: 64, // members of one `count` or `for_each` that are looked at one by one; more are one unknown member
  iacRenderedCharsMax: 2_000_000, // what one template of a chart writes out: loops multiply
  iacAliasesMax: 1_000, // YAML aliases followed in one file; each may stand for a whole tree
  iacDocumentsMax: 1_000, // YAML documents in one file

  // SAST, per file unless it says otherwise. A file that meets one is reported as `limit_reached`
  sastNestingMax: 1_000, // open brackets; the native parser's stack ends at about 4,000 nested functions
  sastTokenRunMax: 12_000, // words and signs of one expression; the stack of the native parser ends at about 16,000 nested ones
  sastParserStepsMax: 50_000, // reports of progress by a WebAssembly parser; a megabyte of code has about 5,000, one of errors more
  sastTreeDepthMax: 5_000, // nested nodes of a WebAssembly parser's tree; a sum of so many parts nests as deep
  sastNodesMax: 400_000, // syntax nodes; a megabyte of dense code has fewer
  sastSyntaxDepthMax: 300, // how deep lowering goes into one expression or statement
  sastInstructionsMax: 300_000, // intermediate instructions
  sastStepsMax: 3_000_000, // evaluated instructions; ordinary files need a few thousand
  sastCallDepthMax: 24, // calls followed at once; deeper ones are queued
  sastContextsPerFunctionMax: 5, // kinds of arguments that one function is analysed for
  sastPlainContextsPerFunctionMax: 2, // the same for arguments without data from outside, which differ less
  sastLoopRoundsMax: 4, // passes over a function with loops
  sastEvaluationsPerContextMax: 8, // times that one context is evaluated again because something it read has changed
  sastConstantsPerValueMax: 12, // constants a value may be before it counts as any
  sastObjectsPerValueMax: 12, // objects a value may be before it counts as any
  sastTaintsPerValueMax: 6, // sources kept on one value
  sastBatchInstructionsMax: 600_000, // intermediate instructions of the files that are analysed together, some 200,000 lines: memory
  sastFolderFilesMax: 64, // scripts that one `require` of a computed name may mean
  sastPackageStepsMax: 200_000, // values of packages that are followed in one batch
  sastMembersPerModuleMax: 500, // members of one module of a package that one file takes
  ignoresPerFileMax: 200, // requests in comments of one file that findings be ignored
  ignoreDaysMax: 366, // how far away the end of such a request may be
  ignoreReasonCharsMax: 300, // a sentence or two; it stands beside the finding
  sastRegexpPositionsMax: 160, // positions of one regular expression in the ambiguity check
  sastRegexpPairsMax: 200_000, // steps of that check

  // Sandbox
  scanWallMsDefault: 10 * MINUTE_MS, // hard cap of one analysis
  scanWallMsMax: 120 * MINUTE_MS, // what a customer may raise it to
  killGraceMs: 30 * SECOND_MS, // SIGTERM to SIGKILL
  analyzerHeapMib: 1024, // V8 heap of the analyzer process
  unpackerHeapMib: 192, // of the unpacker: the names of the largest zip take 145 MiB, and all of it must fit into 256 MiB
  unpackerYoungMib: 4, // its part for what lives shortly; V8's own choice is four times that and buys it nothing
  analyzerCpuSecondsMax: 7_200, // RLIMIT_CPU, above the wall cap times cores
  analyzerOpenFilesMax: 1024, // RLIMIT_NOFILE
  analyzerFileBytesMax: 256 * MIB, // RLIMIT_FSIZE
  analyzerAddressSlackBytes: 3 * GIB, // RLIMIT_AS above the heap: code, wasm memories, native parsers
  analyzerThreadsMax: 64, // RLIMIT_NPROC of the analyzer's own uid; Node starts about a dozen
  sandboxTrialMs: 10 * SECOND_MS, // a start that only shows whether this machine can: longer, and it cannot
  resultDrainMs: 2 * SECOND_MS, // from the end of a program that never locked to giving its pipe up: what it said is there at once
  residentPollMs: 500, // how often the memory of a run is looked at where no cgroup bounds it
  cgroupTrialBytes: 64 * MIB, // bound of the empty group by which a delegation is tried out
  cgroupRemoveAttemptsMax: 50, // tries to remove a group whose last process is still going; with the pause, one second
  cgroupRemovePauseMs: 20, // between those tries
  stagedRuntimeKeepMs: 7 * DAY_MS, // 130 MB, of which those of one build share all but what was imported; a build that nothing has started from for a week is gone
  analyzerProgressEvery: 25, // files between two progress lines
  redactedFilesKeptMax: 256, // files whose secrets the runner remembers: more than one data flow can touch
  progressLinesMax: 64_000, // of one scan: twice what four analyzers say over treeFilesMax files

  // A sandbox task elsewhere, reached through a transfer bucket
  taskTreeBytesMax: 2 * GIB + 65 * MIB, // the largest tree with its manifest in front
  taskSegmentBytesMax: 2 * MIB, // payload of one segment: what is sent at once, and one line more
  taskSegmentFlushBytes: 1 * MIB, // a segment this full is sent
  taskSegmentFlushMs: 2 * SECOND_MS, // and one this old: how late progress may be seen
  taskSegmentsMax: 20_000, // one every two seconds of the longest wall clock, full ones, and as many again
  taskSegmentsAhead: 16, // segments that a task may write before somebody has read: what waits in the bucket is bounded by it
  taskBeatMs: 30 * SECOND_MS, // an empty segment when nothing was said this long, so that both sides know of each other
  taskGrantValidMs: 5 * MINUTE_MS, // a URL's life. The SDK renews credentials five minutes before they end, so no URL dies with them earlier
  taskGrantRenewMs: 90 * SECOND_MS, // age at which a grant is followed by another; a task finds it well within the life of this one
  taskPlaceMsMax: 10 * MINUTE_MS, // how long one attempt waits for room; then the job's own retry decides
  taskPlacePauseMs: 2 * SECOND_MS, // first pause after `no room`; doubles
  taskPlacePauseMsMax: 30 * SECOND_MS, // the doubling stops here
  taskStartMsMax: 10 * MINUTE_MS, // from the order to the first sign of life: a place, an image of 200 MB, a start
  taskTransferMsMax: 5 * MINUTE_MS, // to fetch and check the largest tree; files are many, not only large
  taskPollMs: 1 * SECOND_MS, // between two looks for a segment, on both sides
  taskDescribeMs: 5 * SECOND_MS, // between two questions about a task: an account may ask some twenty a second
  taskOwnMemoryMib: 512, // of a task's memory, what the program around the analysis keeps for itself
  taskStopMs: 30 * SECOND_MS, // SIGTERM to SIGKILL of a task, `stopTimeout` in its definition
  taskStopDrainMs: 60 * SECOND_MS, // how long a task that was stopped for its time is listened to: its grace and the service's own delay
  taskCancelDrainMs: 3 * SECOND_MS, // the same when it was cancelled: a worker that stops has five seconds
  taskRequestAttemptsMax: 5, // tries of one transfer inside the task
  taskRequestMs: 60 * SECOND_MS, // one small transfer inside the task
  taskOverrideCharsMax: 8_192, // what ECS takes as overrides, their JSON included
  taskLeftoversMax: 100, // tasks of an earlier attempt that are stopped at once: one page of the service, and there is one at most
  presignedUrlCharsMax: 4_096, // a session token alone may have 2,000

  scanFoldersSweptMax: 10_000, // leftovers looked at in one sweep
  scanFolderSweepMs: MINUTE_MS, // how long the sealed tree of a cancelled or given up scan may stay

  // Queue
  jobAttemptsMax: 5, // then the dead-letter list
  jobWaitAttemptsMax: 2_000, // attempts while the object store or the keys are away: a week at jobBackoffMsMax
  jobBackoffMs: 1_000, // first retry; doubles
  jobLeaseMs: 15 * SECOND_MS, // a worker that does not renew within this, seven heartbeats, is dead; the work it held waits as long
  jobsRunningPerTenantMax: 2, // one tenant never holds every worker
  jobPayloadBytesMax: 16 * KIB, // ids only
  workerConcurrency: 4, // analyses are processes; two cores
  dispatchWindowFactor: 2, // jobs in the queue = factor x concurrency, so that fairness is decided late
  dispatchQuantum: 2, // jobs that one turn hands over while others wait: fewer transactions, and one job more before the next tenant
  dispatchRoundsMax: 64, // turns of the ring in one pass, so that a pass ends
  dispatchPollMs: 250, // how long a job written by another process waits to be seen
  jobBackoffMsMax: 5 * MINUTE_MS, // the doubling stops here
  jobHeartbeatMs: 2 * SECOND_MS, // lease renewal; also how late a running job learns that it was cancelled
  jobRequeueMs: 30 * SECOND_MS, // a job handed to the queue and not started within this is handed over again
  jobStopMs: 5 * SECOND_MS, // running jobs get this long to finish when a worker stops, then their signal aborts; supervisors kill after 10 s
  jobCancelMax: 1_000, // jobs that one request may cancel
  jobsForgottenMax: 10, // old jobs removed by one that is added: the backlog shrinks, and nobody waits for it
  queueAddMax: 1_000, // entries in one call to the queue
  queueRetryMs: 1 * SECOND_MS, // pause after a failed fetch, so that a broken backend is not asked in a loop
  queueConnectionsMax: 3, // connections of one end of the queue on Postgres, beside the one that listens
  queueLogEveryMs: 10 * SECOND_MS, // a failing queue repeats itself; its log does not

  // Telemetry
  logFieldsMax: 40, // fields in one line
  logFieldCharsMax: 512, // an id, a code, a short reason
  telemetryBufferBytesMax: 4 * MIB, // lines that their destination has not taken: some 20,000; newer ones are dropped and counted
  telemetryTenantsMax: 10_000, // tenants whose dropped lines are counted apart
  telemetryTellMs: MINUTE_MS, // while lines are being dropped, a tenant's log is told so often

  // Evidence and objects
  packBytesMax: 16 * MIB, // a larger pack is split: showing one finding's proof reads and opens one whole pack
  packsPerScanMax: 100, // packs shown with a scan; findingsPerScanMax fits into far fewer
  evidenceReadAttemptsMax: 3, // a scan that ends meanwhile moves the proof once
  packEntryBytesMax: 1 * MIB, // one finding's proof: an excerpt, 64 steps, references; drafts are bounded before
  evidenceVerifyPage: 100, // pack heads read at once while all are re-derived
  evidenceFailuresMax: 1_000, // failures listed; past this the store is lost, not a pack
  objectBytesMax: 512 * MIB, // one object
  retentionMsDefault: 365 * DAY_MS, // evidence is kept a year unless the tenant asks for more
  retentionMsMax: 3_660 * DAY_MS, // ten years
  expiryAgainMs: DAY_MS, // what was due and could not be removed, by the store's own clock or a hold set there, is looked at again

  // Forges
  forgeAnswerBytesMax: 16 * MIB, // of one API answer; a comparison of 300 files with patches has a few
  forgeRequestMs: 20 * SECOND_MS, // one request to a forge; it gives up itself after ten
  forgeRetriesMax: 2, // tries again after 5xx and short limits; then the job's own retry decides
  forgeWaitSecondsMax: 20, // a rate limit that ends within this is waited for; a longer one puts the job back
  forgePageSize: 100, // what a forge gives at most
  forgePagesMax: 100, // pages of one list: 10,000 repositories of an installation
  forgeDeliveryPagesMax: 50, // pages of deliveries looked at by one reconciliation: 5,000 deliveries
  forgeJwtMs: 9 * MINUTE_MS, // life of an App's own token; GitHub takes ten minutes
  forgeJwtSkewMs: MINUTE_MS, // its clock may be behind ours
  forgeNameCharsMax: 200, // owner/name
  forgeFileBytesMax: 64 * KIB, // `.aegis.yml`
  forgePemCharsMax: 8 * KIB, // an RSA key of 2,048 bits has 1,700
  forgeDeliveryBytesMax: 25 * MIB, // what GitHub itself caps a webhook at
  forgeDeliveryKeptMs: 30 * DAY_MS, // a delivery of this name does nothing for so long; GitHub redelivers for three days
  forgeDeliveriesForgottenMax: 10, // old deliveries removed by one that comes
  forgeFlowMs: 10 * MINUTE_MS, // from the button to GitHub's answer
  forgeAppsMax: 20, // Apps of a tenant that are shown; two for each forge are used
  forgeInstallationsMax: 1_000, // installations of a tenant that are shown
  forgeReconcileMs: 5 * MINUTE_MS, // how late a lost delivery is noticed
  forgeRedeliveryMs: 3 * DAY_MS, // what GitHub can still deliver again
  forgeRedeliveriesMax: 500, // asked for in one reconciliation: an hour's share of requests is ten times that
  scopeGlobsMax: 200, // patterns of one list in `.aegis.yml`
  scopeIgnoresMax: 500, // findings that a repository lets be; more is a policy of another kind
  checkAnnotationsPerRequest: 50, // what GitHub takes at once
  checkAnnotationsMax: 250, // lines of one check run; a reader of more wants the dashboard
  checkSummaryCharsMax: 65_535, // what GitHub takes
  checkTitleCharsMax: 255, // of an annotation, what GitHub takes
  checkMessageBytesMax: 60 * KIB, // of an annotation; GitHub takes 64

  // Keys and remote stores
  keyringCacheMax: 2_000, // opened keys held in memory; a busy machine serves fewer tenants at once
  remoteAttemptsMax: 3, // tries of one call to a remote key or object store, then the job's own retry decides
  remoteRequestMs: 60 * SECOND_MS, // one call, long enough for the largest object
  objectListMax: 1_000, // keys in one page of a store
  objectKeyCharsMax: 500, // fits a column, and leaves room below the stores' own 1,024 bytes

  // Audit
  auditEntryBytesMax: 65_535, // C2SP entry bundle: 16-bit length prefix
  auditTargetsMax: 20, // things that one event names; more of them are more events
  auditBatchMax: 2_000, // events placed in one transaction: 300,000 that have piled up are placed within a minute
  auditBatchBytesMax: 16 * MIB, // their bytes, which are held in memory twice; 256 of the largest entries
  auditTenantsPerTurnMax: 100, // tenants read from the ring at once
  auditTurnsAtOnce: 4, // tenants whose batches commit side by side; they share the write-ahead log's flush
  auditStandByMs: 15 * SECOND_MS, // between the looks of a sequencer that another one has replaced
  auditPollMs: 500, // a poke that got lost costs this much delay
  auditStallMsMax: 10 * SECOND_MS, // wait between tries while the database is away; starts at auditPollMs and doubles
  auditFlushMsMax: 60 * SECOND_MS, // how long start-up waits for its own events to be placed
  auditLogsEveryMs: 1_000, // between two heads of the log of logs, each of which costs a call to the key service
  auditLogsBatchMax: 1_000, // tenant checkpoints taken into the log of logs at once
  auditWitnessesMax: 8, // witnesses of one tenant: each new head is sent to every one of them
  auditWitnessTenantsMax: 20, // tenants whose witnesses are asked in one round
  auditWitnessAtOnce: 4, // of those, at the same time
  auditWitnessPollMs: 1_000, // how late a head is sent to its witnesses
  auditWitnessLeaseMs: 2 * MINUTE_MS, // a round that was killed is taken up again after this
  auditWitnessBackoffMsMax: 5 * MINUTE_MS, // between tries of a witness that does not cosign; starts at a second and doubles
  auditCosignaturesKept: 50, // of one witness: an export may be of a head that is not the newest
  witnessMs: 10 * SECOND_MS, // one request to a witness, which signs and stores
  witnessAnswerBytesMax: 64 * KIB, // signature lines; one of ML-DSA-44 has 3,300
  auditSinksMax: 5, // places that one tenant's log is streamed to: a round holds a batch for each
  auditSinkBatchLeaves: 500, // entries in one delivery
  auditSinkBatchBytes: MIB, // their bytes; one entry always fits. Event collectors take this much at once
  auditSinkTenantsMax: 20, // tenants whose logs are streamed in one round
  auditSinkAtOnce: 2, // of those, at the same time
  auditSinkPollMs: 1_000, // how late an entry is delivered after it has its place
  auditSinkLeaseMs: 2 * MINUTE_MS, // a delivery that was killed is taken up again after this; longer than sinkMs
  auditSinkBackoffMsMax: 5 * MINUTE_MS, // between tries of a place that does not take; starts at a second and doubles
  sinkMs: 30 * SECOND_MS, // one delivery
  sinkAnswerBytesMax: 64 * KIB, // of what a place says, the part that is read
  auditFailuresMax: 1_000, // failures of logs listed; past this the database is lost, not a log
  auditVerifyPage: 1_000, // leaves read at once while a log is re-derived
  auditFeedPageMax: 1_000, // entries in one page of the feed
  auditFeedBytesMax: 4 * MIB, // bytes of entries in one page of the feed; the last entry may go past it
  exportPageLeaves: 512, // leaves read at once: 32 MiB of the longest entries
  exportPartBytes: 8 * MIB, // what is gathered before it is sealed and stored; one export holds this and a group of leaves
  exportProofsMax: 1_000, // entries of one export that get a proof of their own
  exportKeptMs: 7 * DAY_MS, // then an export is shown no more; another one is a click
  exportPartsMax: 100_000, // parts of one export that are listed
  bundleFilesMax: 2_000_000, // files of a bundle that is verified: a log of 250 million entries
  bundleFaultsMax: 20, // faults listed; a bundle with more is not better described by more

  // API
  bodyBytesMax: 1 * MIB, // JSON bodies
  pageSizeDefault: 50, // items in a page
  pageSizeMax: 200, // items in a page
  cursorCharsMax: 512, // opaque cursor
  idempotencyKeyCharsMax: 255, // RFC draft idempotency-key
  idempotencyMs: DAY_MS, // how long an answer is replayed
  idempotencyLeaseMs: MINUTE_MS, // an attempt without an answer is given up after this: no request runs as long
  idempotencySweepMax: 100, // expired keys removed by one reservation, which adds one
  rateRequestsPerMinute: 1_200, // per token
  rateFailuresPerMinute: 30, // failed attempts per address; a person mistypes less, a guesser needs 2^255
  rateBucketsMax: 50_000, // rate buckets in memory, some 100 bytes each
  signInCodeMs: 10 * MINUTE_MS, // the one-time address that start-up prints
  sessionMs: 12 * 60 * MINUTE_MS, // dashboard session, however much it is used: a working day
  ownersLockedMax: 1_000, // owners looked at before one may step down; a tenant has a handful
  presenceMs: 5 * MINUTE_MS, // from a challenge to its answer: a person looks for the key
  presenceHeaderCharsMax: 8_192, // the answer of a passkey in a header; browsers send some 1,500
  passkeysPerMemberMax: 20, // a phone, a laptop, keys at home and at work
  passkeyPartCharsMax: 16_384, // one part of a browser's answer; attestations with certificates are the longest
  signInFreshMs: 15 * MINUTE_MS, // how long after signing in the first passkey may be added
  sessionsListedMax: 100, // live ones of one member; a person has a handful
  invitationMs: 7 * DAY_MS, // an invitation that waits: a week with its weekend
  invitationsOpenMax: 200, // invitations of one tenant that wait
  isolationProbeEveryMs: MINUTE_MS, // between two runs of a tenant's own probe: a run takes some twenty statements
  isolationProbesMax: 100, // probes in one signed result
  ssoFlowMs: 10 * MINUTE_MS, // from being sent to the provider to coming back: a password, a second factor
  ssoDomainsMax: 20, // domains of one company
  signInCharsMax: 8_192, // what a provider sends a browser back with, or a workflow’s token: codes of some are long
  groupRolesMax: 100, // groups that stand for a role; there are four roles to stand for
  oidcAnswerBytesMax: 512 * KIB, // one answer of a provider: its keys with certificates are the longest
  oidcRequestMs: 10 * SECOND_MS, // one question to a provider; a person waits for up to four
  oidcKeptMs: 10 * MINUTE_MS, // how long what a provider says of itself is believed
  oidcIssuersKept: 500, // providers whose answers are kept in memory, some KiB each
  oidcClockSkewMs: 30 * SECOND_MS, // between a provider's clock and ours
  oidcTokenAgeMsMax: 5 * MINUTE_MS, // a token that was made to come in with is traded in at once
  scimUsersMax: 20_000, // users of one directory
  scimGroupsMax: 1_000, // groups of one directory that are sent here; a company sends those that stand for something
  scimGroupMembersMax: 2_000, // users in one group: each is made what it stands for in the same transaction
  ciTrustsMax: 100, // workflows that one tenant trusts; the database reads as many
  ciPatternsMax: 20, // refs or environments of one trust
  ciKeysPauseMs: 30 * SECOND_MS, // between two questions for keys that were not among those at hand
  staffReadsListedMax: 200, // reads of one elevation that are shown; all of them are in the audit log
  offboardingGraceMs: 5 * MINUTE_MS, // between shutting out and for good: a mistake is seen by then
  forgeDeliveriesResumedMax: 1_000, // deliveries of an hour that are looked at again when an account is kept after all
  mailMs: 30 * SECOND_MS, // silence after which a mail server is gone
  keysDestroyedMax: 100, // keys that one round destroys
  keysDestroyPollMs: 5 * SECOND_MS, // how late a key is destroyed after it is due
  scansStoppedMax: 1_000, // live scans that one statement ends when an account closes; rounds follow until none is left
  erasedRowsMax: 5_000, // rows of a closed account that one transaction takes away: a second at most
  erasedRoundsMax: 20_000, // such transactions in one attempt of the job: 10^8 rows; the next attempt goes on
  sessionIdleMs: 60 * MINUTE_MS, // dashboard session that nobody uses: a lunch
  eventStreamsPerTenantMax: 20, // open SSE connections
  eventStreamMsMax: 15 * MINUTE_MS, // then the client connects anew, so that a revoked credential stops watching
  eventHeartbeatMs: 15 * SECOND_MS, // below the idle time-outs of proxies, often 60 s
  eventPollMs: 400, // how late an event may be seen
  eventsPerPollMax: 200, // events read at once
  problemErrorsMax: 20, // members named in one problem answer
  requestMsMax: 30 * SECOND_MS, // for a whole request to arrive; slow senders are cut off
  keepAliveMs: 72 * SECOND_MS, // longer than the idle time of load balancers, so that they close first
  drainMs: 8 * SECOND_MS, // for requests under way when the API closes; supervisors kill after 10 s
  urlParamCharsMax: 100, // ids are 36
  staticFilesMax: 2_000, // files of the built dashboard
  staticBytesMax: 64 * MIB, // the built dashboard in memory
  statementMs: 15 * SECOND_MS, // statement_timeout of application roles

  // Database
  requestLockMs: 800, // how long a request's statement waits for a lock: with an audit log that is held, it is refused within a second
  proofRenewMs: 20 * SECOND_MS, // a proof of the tenant lives 60 s; after a third of it the next statement brings a new one
  proofUseMsMax: 50 * SECOND_MS, // nobody starts with a proof that may end before its statement does
  connectMs: 10 * SECOND_MS, // wait for a free or new connection; longer, and the caller's own caller has given up
  poolIdleMs: 30 * SECOND_MS, // an idle connection is closed, which returns its memory to a small machine
  idleTransactionMs: 60 * SECOND_MS, // a transaction that waits for us this long has lost its owner
  serverStartAttemptsMax: 10, // starts of the embedded server before giving up
  serverStartPauseMs: 500, // a killed predecessor is gone by then
  serverStartMs: 60 * SECOND_MS, // crash recovery of a large cluster included
  serverStopMs: 30 * SECOND_MS, // the final checkpoint
  serverAnswerMs: 2 * SECOND_MS, // a server on the same machine that takes longer for one byte is not well
  serverPollMs: 20, // how often the embedded server's state is looked at
  serverLogBytesMax: 8 * MIB, // of the embedded server's log; one older part is kept
  serverLogCheckMs: 60 * SECOND_MS, // how often that is looked at
} as const;
