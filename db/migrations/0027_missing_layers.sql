-- why: a scan that was refused for want of walls says which; lock: access exclusive on app.scan for an instant (new nullable column, no rewrite)
alter table app.scan add column missing_layers jsonb;
