/** One statement of an AWS policy. Source: AWS IAM, grammar of the JSON policy language. */
export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | number | readonly string[]>>>>;
};

/** A policy as a bucket takes it. */
export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] };

/** A bucket of evidence and the three identities that may use it. Identities are ARNs of roles (AWS) or users (Ceph). */
export type EvidenceBucket = {
  readonly bucket: string;
  /** The worker: puts, and reads nothing. */
  readonly writer: string;
  /** The API: reads, and puts nothing. */
  readonly reader: string;
  /** Dates, holds and the sweep: neither reads nor puts. */
  readonly keeper: string;
  /** Fewest days for which an object must be locked when it is put. */
  readonly retentionDaysMin: number;
  /**
   * What the server can be held to. `aws` is everything. `ceph` leaves out what Ceph 16.2 does not evaluate at a put (measured: the lock
   * conditions) or has not (TLS here, KMS, `If-None-Match`), and names identities with `NotPrincipal`, for it knows no `aws:PrincipalArn`.
   */
  readonly server: { readonly kind: 'aws'; readonly tenantKeys: string } | { readonly kind: 'ceph' };
};

const readActions = ['s3:GetObject', 's3:GetObjectVersion'];
const writeActions = ['s3:PutObject'];
const keepActions = ['s3:PutObjectLegalHold', 's3:DeleteObjectVersion'];
const lockActions = ['s3:GetObjectRetention', 's3:GetObjectLegalHold'];
const aclActions = ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'];

/**
 * The policy of an evidence bucket. Each identity is allowed its own calls; everything else that touches an object is denied to
 * everyone, the account's administrators included, as are the settings that would weaken the bucket. Object Lock itself needs no
 * statement: in COMPLIANCE mode no principal can remove or shorten. Whoever may edit the policy can undo it, and the lock stays.
 */
export function evidenceBucketPolicy(of: EvidenceBucket): PolicyDocument {
  const places = { bucket: [`arn:aws:s3:::${of.bucket}`], objects: [`arn:aws:s3:::${of.bucket}/*`] };
  return {
    Version: '2012-10-17',
    Statement: [
      ...allowed(of, places),
      ...denied(of, places),
      ...(of.server.kind === 'aws' ? awsOnly(of, of.server.tenantKeys, places) : []),
    ],
  };
}

type Places = { readonly bucket: readonly string[]; readonly objects: readonly string[] };

function allowed(of: EvidenceBucket, { bucket, objects }: Places): readonly PolicyStatement[] {
  const allow = (Sid: string, who: string, Action: readonly string[]): PolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: [who] },
    Action,
    Resource: objects,
  });
  return [
    allow('WriterPuts', of.writer, [...writeActions, 's3:PutObjectRetention', ...lockActions]),
    allow('ReaderReads', of.reader, [...readActions, ...lockActions]),
    allow('KeeperKeeps', of.keeper, [...keepActions, 's3:PutObjectRetention', ...lockActions]),
    { ...allow('KeeperLists', of.keeper, ['s3:ListBucket', 's3:ListBucketVersions']), Resource: bucket },
  ];
}

function denied(of: EvidenceBucket, { bucket, objects }: Places): readonly PolicyStatement[] {
  const deny = (Sid: string, Action: readonly string[], Resource = objects): PolicyStatement => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource,
  });
  const but = (Sid: string, those: readonly string[], Action: readonly string[]): PolicyStatement => ({
    ...others(of, those),
    Sid,
    Effect: 'Deny',
    Action,
    Resource: objects,
  });
  return [
    but('NobodyElseReads', [of.reader], readActions),
    but('NobodyElsePuts', [of.writer], writeActions),
    but('NobodyElseKeeps', [of.keeper], keepActions),
    but('NobodyElseDates', [of.writer, of.keeper], ['s3:PutObjectRetention']),
    // a delete without a version hides an object behind a marker; a bypass would lift a lock in governance mode
    deny('NobodyHidesOrBypasses', ['s3:DeleteObject', 's3:BypassGovernanceRetention', ...aclActions]),
    deny(
      'NobodyWeakensTheBucket',
      ['s3:DeleteBucket', 's3:PutBucketVersioning', 's3:PutLifecycleConfiguration', 's3:PutBucketObjectLockConfiguration'],
      bucket,
    ),
  ];
}

function others(of: EvidenceBucket, those: readonly string[]): Pick<PolicyStatement, 'Principal' | 'NotPrincipal' | 'Condition'> {
  if (of.server.kind === 'ceph') return { NotPrincipal: { AWS: those } };
  return { Principal: '*', Condition: { StringNotEquals: { 'aws:PrincipalArn': those } } };
}

function awsOnly(of: EvidenceBucket, tenantKeys: string, { bucket, objects }: Places): readonly PolicyStatement[] {
  const deny = (Sid: string, Condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: writeActions,
    Resource: objects,
    Condition,
  });
  return [
    { ...deny('OnlyOverTls', { Bool: { 'aws:SecureTransport': 'false' } }), Action: ['s3:*'], Resource: [...bucket, ...objects] },
    deny('PutsAreLocked', { StringNotEquals: { 's3:object-lock-mode': 'COMPLIANCE' } }),
    deny('PutsAreLockedLong', { NumericLessThan: { 's3:object-lock-remaining-retention-days': String(of.retentionDaysMin) } }),
    deny('PutsAreEncryptedByKms', { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } }),
    deny('PutsAreUnderATenantsKey', { StringNotLike: { 's3:x-amz-server-side-encryption-aws-kms-key-id': tenantKeys } }),
    deny('PutsSignTheirBytes', { StringEquals: { 's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    deny('PutsAreOnlyNew', { Null: { 's3:if-none-match': 'true' } }),
  ];
}
