-- why: a scan of an uploaded archive names it; lock: access exclusive on app.scan for an instant (new nullable column, no rewrite)
alter table app.scan add column archive_id uuid;
alter table app.scan add constraint scan_archive_fkey foreign key (tenant_id, archive_id) references app.archive (tenant_id, id);
create unique index scan_archive on app.scan (tenant_id, archive_id) where archive_id is not null;
