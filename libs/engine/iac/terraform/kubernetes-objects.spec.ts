import { beforeAll, describe, expect, it } from 'vitest';
import { openScanner, type Scanner } from '../testing/scanner.ts';

let scanner: Scanner;
beforeAll(async () => {
  scanner = await openScanner();
});

const found = (text: string, path = 'main.tf'): readonly string[] =>
  scanner.scan({ [path]: text }).drafts.map(({ ruleId, location }) => `${ruleId}:${String(location.startLine)}`);
const rulesIn = (text: string, path?: string): readonly string[] =>
  [...new Set(found(text, path).map((line) => line.split(':')[0] ?? ''))].toSorted();

const pod = (container: string, more = ''): string => `resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
    labels = { app_name = "web" }
  }
  spec {
    template {
      metadata {}
      spec {
        ${more}
        container {
          name  = "web"
          image = "registry.example/web:1.4"
          ${container}
        }
      }
    }
  }
}
`;
const manifest = (container: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app_name: web } }
spec:
  template:
    metadata: {}
    spec:
      ${more}
      containers:
        - name: web
          image: registry.example/web:1.4
          ${container}
`;

describe('objects of Kubernetes in Terraform', () => {
  it.each([
    ['nothing set', '', ''],
    ['a privileged container', 'security_context {\n privileged = true\n }', 'securityContext: { privileged: true }'],
    [
      'capabilities',
      'security_context {\n capabilities {\n add = ["SYS_ADMIN"]\n }\n }',
      'securityContext: { capabilities: { add: [SYS_ADMIN] } }',
    ],
    ['a password', 'env {\n name = "DB_PASSWORD"\n value = "hunter2-correct"\n }', 'env: [{ name: DB_PASSWORD, value: hunter2-correct }]'],
    [
      'bounds',
      'resources {\n limits = { cpu = "1", memory = "1Gi" }\n requests = { cpu = "1", memory = "1Gi" }\n }',
      'resources: { limits: { cpu: "1", memory: 1Gi }, requests: { cpu: "1", memory: 1Gi } }',
    ],
  ])('%s_is_judged_as_in_a_manifest', (_what, block, yaml) => {
    expect(rulesIn(pod(block))).toEqual(rulesIn(manifest(yaml), 'web.yaml'));
  });

  it('what_a_pod_shares_with_its_host_is_judged_as_in_a_manifest', () => {
    const block =
      'host_network = true\n host_pid = true\n host_ipc = true\n volume {\n name = "d"\n host_path {\n path = "/var/run/docker.sock"\n }\n }';
    const yaml =
      'hostNetwork: true\n      hostPID: true\n      hostIPC: true\n      volumes: [{ name: d, hostPath: { path: /var/run/docker.sock } }]';
    const rules = rulesIn(pod('', block));
    expect(rules).toEqual(rulesIn(manifest('', yaml), 'web.yaml'));
    expect(rules).toEqual(expect.arrayContaining(['k8s/docker-socket', 'k8s/host-namespace']));
  });

  it('a_finding_stands_at_the_line_of_the_argument', () => {
    const text = pod('security_context {\n privileged = true\n }');
    const line = text.split('\n').findIndex((one) => one.includes('privileged')) + 1;
    expect(found(text)).toContain(`k8s/privileged-container:${String(line)}`);
  });

  it('rights_of_roles_are_judged_and_a_manifest_is_the_object_itself', () => {
    const role =
      'resource "kubernetes_cluster_role" "all" {\n  metadata {\n    name = "all"\n  }\n  rule {\n    api_groups = ["*"]\n    resources  = ["*"]\n    verbs      = ["*"]\n  }\n}\n';
    const yaml =
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: all }\nrules:\n  - apiGroups: ["*"]\n    resources: ["*"]\n    verbs: ["*"]\n';
    expect(rulesIn(role)).toEqual(rulesIn(yaml, 'role.yaml'));
    expect(rulesIn(role)).not.toEqual([]);
    const raw =
      'resource "kubernetes_manifest" "p" {\n  manifest = {\n    apiVersion = "v1"\n    kind = "Pod"\n    metadata = { name = "p" }\n    spec = {\n      hostNetwork = true\n      containers = [{ name = "a", image = "a:1", securityContext = { privileged = true } }]\n    }\n  }\n}\n';
    expect(rulesIn(raw)).toContain('k8s/privileged-container');
  });

  it('what_is_not_known_is_no_finding', () => {
    expect(rulesIn(`variable "p" {}\n${pod('security_context {\n privileged = var.p\n }')}`)).not.toContain('k8s/privileged-container');
  });
});
