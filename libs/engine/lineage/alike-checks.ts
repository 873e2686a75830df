/**
 * Checks of infrastructure scanners that look at the attribute that a rule of ours looks at. Scanners name no weakness and mark a whole
 * resource, so only what is listed here is ever taken for the same flaw. Ids as imports write them. Source: the scanners' public lists of
 * checks; a check that covers several rules of ours, or a part of one, is not listed.
 */
const alikeChecks: Readonly<Record<string, readonly string[]>> = {
  'checkov/ckv-aws-3': ['tf/aws-ebs-unencrypted', 'cfn/aws-ebs-unencrypted'],
  'checkov/ckv-aws-7': ['tf/aws-kms-rotation-off', 'cfn/aws-kms-rotation-off'],
  'checkov/ckv-aws-16': ['tf/aws-rds-unencrypted', 'cfn/aws-rds-unencrypted'],
  'checkov/ckv-aws-17': ['tf/aws-rds-public', 'cfn/aws-rds-public'],
  'checkov/ckv-aws-18': ['aws/s3-access-logging-off'],
  'checkov/ckv-aws-21': ['aws/s3-versioning-off'],
  'checkov/ckv-aws-36': ['tf/aws-cloudtrail-not-validated', 'cfn/aws-cloudtrail-not-validated'],
  'checkov/ckv-aws-42': ['tf/aws-efs-unencrypted', 'cfn/aws-efs-unencrypted'],
  'checkov/ckv-aws-43': ['tf/aws-kinesis-unencrypted', 'cfn/aws-kinesis-unencrypted'],
  'checkov/ckv-aws-51': ['tf/aws-ecr-mutable-tags', 'cfn/aws-ecr-mutable-tags'],
  'checkov/ckv-aws-67': ['tf/aws-cloudtrail-one-region', 'cfn/aws-cloudtrail-one-region'],
  'checkov/ckv-aws-79': ['tf/aws-ec2-imdsv1'],
  'checkov/ckv-aws-87': ['tf/aws-redshift-public'],
  'checkov/ckv-aws-163': ['tf/aws-ecr-scan-off', 'cfn/aws-ecr-scan-off'],
  'checkov/ckv-azure-3': ['tf/azure-storage-http'],
  'checkov/ckv-azure-110': ['tf/azure-key-vault-purge'],
  'checkov/ckv-docker-2': ['docker/no-healthcheck'],
  'checkov/ckv-docker-3': ['docker/run-as-root'],
  'checkov/ckv-docker-4': ['docker/add-local'],
  'checkov/ckv-docker-7': ['docker/image-not-pinned'],
  'checkov/ckv-k8s-8': ['k8s/no-liveness-probe'],
  'checkov/ckv-k8s-9': ['k8s/no-readiness-probe'],
  'checkov/ckv-k8s-10': ['k8s/no-cpu-request'],
  'checkov/ckv-k8s-11': ['k8s/no-cpu-limit'],
  'checkov/ckv-k8s-12': ['k8s/no-memory-request'],
  'checkov/ckv-k8s-13': ['k8s/no-memory-limit'],
  'checkov/ckv-k8s-16': ['k8s/privileged-container'],
  'checkov/ckv-k8s-20': ['k8s/privilege-escalation'],
  'checkov/ckv-k8s-22': ['k8s/writable-root-filesystem'],
  'checkov/ckv-k8s-26': ['k8s/host-port'],
  'checkov/ckv-k8s-27': ['k8s/docker-socket'],
  'trivy/ds-0002': ['docker/run-as-root'],
  'trivy/ds-0005': ['docker/add-local'],
  'trivy/ds-0026': ['docker/no-healthcheck'],
  'trivy/ds002': ['docker/run-as-root'],
  'trivy/ds005': ['docker/add-local'],
  'trivy/ds026': ['docker/no-healthcheck'],
  'trivy/ksv001': ['k8s/privilege-escalation'],
  'trivy/ksv014': ['k8s/writable-root-filesystem'],
  'trivy/ksv017': ['k8s/privileged-container'],
};

/** Whether two rules look at one attribute: one is a check that is listed for the other, or both are listed for the same. */
export function lookAlike(a: string, b: string): boolean {
  const [ours, theirs] = [alikeNames(a), alikeNames(b)];
  return ours.some((name) => theirs.includes(name));
}

/** The rules of ours that a rule looks like: itself, where it is not listed. */
export function alikeNames(ruleId: string): readonly string[] {
  return alikeChecks[ruleId] ?? [ruleId];
}

/** Every id of ours that the list names, for the test that they exist. */
export const rulesLookedAlike: readonly string[] = [...new Set(Object.values(alikeChecks).flat())];
