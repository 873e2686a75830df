// Who may write a table. Everybody may read what row-level security shows; a write by another slice is handed over by a job or goes
// through a function that the owner exports. `no-foreign-writes` and the tidy test read it: a table in a migration stands here.
const sliceTables = {
  'app.tenant': ['libs/flow/identity'],
  'app.member': ['libs/flow/identity'],
  'app.invitation': ['libs/flow/identity'],
  'app.api_token': ['libs/flow/identity'],
  'app.session': ['libs/flow/identity'],
  'identity.credential': ['libs/flow/identity'],
  'app.passkey': ['libs/guard/presence', 'libs/flow/identity'], // kept by the one; those of a member who has left go with the rest
  'identity.passkey_place': ['libs/guard/presence'],
  'identity.spent_challenge': ['libs/guard/presence'],
  'identity.proof_key': ['libs/guard/tenancy'],
  'app.repository': ['libs/flow/connect', 'libs/flow/forge'], // connected by a person, or given by an installation
  'app.forge_app': ['libs/flow/forge'],
  'app.forge_flow': ['libs/flow/forge'],
  'app.forge_installation': ['libs/flow/forge'],
  'app.forge_repository': ['libs/flow/forge'],
  'app.forge_delivery': ['libs/flow/forge'],
  'app.change': ['libs/flow/forge'],
  'identity.forge_hook': ['libs/flow/forge'],
  'identity.forge_claim': ['libs/flow/forge'],
  'app.archive': ['libs/flow/connect', 'libs/flow/scan'], // stored by the one, claimed for a scan by the other
  'app.job': ['libs/guard/jobs'],
  'ops.ready_tenant': ['libs/guard/jobs'],
  // asked for by the flow; moved by every stage through one state machine in the guard
  'app.scan': ['libs/flow/scan', 'libs/guard/scans'],
  'app.scan_event': ['libs/guard/scans'],
  'app.audit_outbox': ['libs/guard/audit'],
  'app.audit_leaf': ['libs/guard/audit'],
  'app.audit_tree': ['libs/guard/audit'],
  'app.audit_export': ['libs/flow/export'],
  'app.audit_export_part': ['libs/flow/export'],
  'ops.fence': ['libs/guard/audit'],
  'app.audit_node': ['libs/guard/audit'],
  'ops.logs_leaf': ['libs/guard/audit'],
  'ops.logs_node': ['libs/guard/audit'],
  'ops.logs_tree': ['libs/guard/audit'],
  'ops.logs_moved': ['libs/guard/audit'],
  'app.audit_sink': ['libs/guard/audit'],
  'app.audit_witness': ['libs/guard/audit'],
  'app.audit_setting': ['libs/guard/audit'],
  'app.audit_cosignature': ['libs/guard/audit'],
  'app.audit_subject': ['libs/guard/audit'],
  'app.audit_detail': ['libs/guard/audit'],
  'app.evidence_pack': ['libs/guard/evidence'],
  'app.alarm': ['libs/guard/evidence'],
  // made, renewed and closed by scans; where it stands beyond that is what people decide
  'app.finding': ['libs/flow/findings', 'libs/flow/review'],
  'app.finding_act': ['libs/flow/findings', 'libs/flow/review'],
  'app.sighting': ['libs/flow/findings'],
  'app.idempotency': ['libs/guard/idempotency'],
};
module.exports = { sliceTables };
