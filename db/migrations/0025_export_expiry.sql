-- why: what was stored for exports whose time is over is cleared away by a job; lock: access exclusive on app.job for a moment
alter table app.job drop constraint job_kind_check;
alter table app.job add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep', 'evidence.expire', 'export.bundle', 'export.expire'));
