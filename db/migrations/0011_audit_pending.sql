-- why: the head of a log tells how many committed events wait for their place; lock: none (grants)
-- Ids only: who may write events still may not read their bytes before they are placed.
grant select (tenant_id, id) on app.audit_outbox to aegis_api, aegis_worker;
