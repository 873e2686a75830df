-- why: no program of staff reads what each tool says of a finding, so staff have no right to it; lock: app.tool_sighting for a moment
drop policy staff on app.tool_sighting;
revoke select on app.tool_sighting from aegis_staff;
