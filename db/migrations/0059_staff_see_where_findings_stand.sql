-- why: where a finding stands hangs on the end of the claim that keeps it quiet, and staff with an elevation are shown where it stands; lock: none
grant select (suppressed_until) on app.finding to aegis_staff;
