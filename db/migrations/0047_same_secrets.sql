-- why: where else the same secret stands is asked with each finding of one; lock: app.tool_sighting while the index is made
create index tool_sighting_of_secret on app.tool_sighting (tenant_id, (traits ->> 'secret')) where traits ->> 'secret' is not null;
