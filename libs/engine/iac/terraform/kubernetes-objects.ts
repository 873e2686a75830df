import type { Subject } from '../model/subject.ts';
import { map, member, scalar, textOf, type Entry, type MapValue, type Value } from '../model/value.ts';

// Resources of the provider and the objects that they make. Source: registry documentation of hashicorp/kubernetes.
const kinds: Readonly<Record<string, readonly [kind: string, apiVersion: string]>> = {
  pod: ['Pod', 'v1'],
  deployment: ['Deployment', 'apps/v1'],
  daemonset: ['DaemonSet', 'apps/v1'],
  daemon_set: ['DaemonSet', 'apps/v1'],
  stateful_set: ['StatefulSet', 'apps/v1'],
  replication_controller: ['ReplicationController', 'v1'],
  job: ['Job', 'batch/v1'],
  cron_job: ['CronJob', 'batch/v1'],
  service: ['Service', 'v1'],
  service_account: ['ServiceAccount', 'v1'],
  role: ['Role', 'rbac.authorization.k8s.io/v1'],
  cluster_role: ['ClusterRole', 'rbac.authorization.k8s.io/v1'],
  role_binding: ['RoleBinding', 'rbac.authorization.k8s.io/v1'],
  cluster_role_binding: ['ClusterRoleBinding', 'rbac.authorization.k8s.io/v1'],
  config_map: ['ConfigMap', 'v1'],
  ingress: ['Ingress', 'networking.k8s.io/v1'],
};

// Blocks that the object has as a list, and what that list is called.
const lists: Readonly<Record<string, string>> = {
  container: 'containers',
  init_container: 'initContainers',
  volume: 'volumes',
  volume_mount: 'volumeMounts',
  volume_device: 'volumeDevices',
  volume_claim_template: 'volumeClaimTemplates',
  env: 'env',
  env_from: 'envFrom',
  port: 'ports',
  toleration: 'tolerations',
  image_pull_secrets: 'imagePullSecrets',
  host_aliases: 'hostAliases',
  rule: 'rules',
  subject: 'subjects',
  tls: 'tls',
  path: 'paths',
  sysctl: 'sysctls',
  match_expressions: 'matchExpressions',
};

// What is in here is named by whoever writes it, and not by the provider.
const free: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'match_labels',
  'node_selector',
  'data',
  'binary_data',
  'limits',
  'requests',
  'selector_labels',
]);

/**
 * The object that a resource of Terraform's Kubernetes provider makes, with the places of the resource; undefined when it makes none that is
 * judged. `kubernetes_manifest` holds the object itself.
 */
export function kubernetesObject({ type, address, value }: Subject): Value | undefined {
  if (type === 'kubernetes_manifest') return member(value, 'manifest');
  const known = kinds[/^kubernetes_(.+?)(?:_v\d(?:beta\d)?)?$/u.exec(type)?.[1] ?? ''];
  if (known === undefined || value.kind !== 'map') return undefined;
  const [kind, apiVersion] = known;
  const object = asObject(value);
  const metadata = object.entries.get('metadata')?.value;
  const named = textOf(member(metadata, 'name')) === undefined ? withName(metadata, address.split('.').at(-1) ?? '', value) : metadata;
  const entries = new Map<string, Entry>([
    ['apiVersion', { place: value.place, value: scalar(apiVersion, value.place) }],
    ['kind', { place: value.place, value: scalar(kind, value.place) }],
    ...object.entries,
    ...(named === undefined ? [] : [['metadata', { place: named.place, value: named }] as const]),
  ]);
  return map(entries, value.place, value.open);
}

// A name that is not known, or made by the cluster, is that of the resource.
function withName(metadata: Value | undefined, name: string, { place }: Value): Value {
  const entries = metadata?.kind === 'map' ? metadata.entries : new Map<string, Entry>();
  return map(new Map([...entries, ['name', { place, value: scalar(name, place) }]]), metadata?.place ?? place);
}

function asObject(value: MapValue): MapValue {
  const entries = [...value.entries].map(([name, { place, value: inner }]): readonly [string, Entry] => {
    if (free.has(name)) return [camel(name), { place, value: inner }];
    const renamed = inner.kind === 'list' && inner.items.every((item) => item.kind === 'map') ? lists[name] : undefined;
    return [renamed ?? camel(name), { place, value: converted(inner, renamed !== undefined) }];
  });
  return map(new Map(entries), value.place, value.open);
}

// A block that stands once is an object; one that may stand more often is a list of them.
function converted(value: Value, isList: boolean): Value {
  if (value.kind === 'map') return asObject(value);
  if (value.kind !== 'list') return value;
  const [only] = value.items;
  if (!isList && value.items.length === 1 && only?.kind === 'map') return { ...asObject(only), open: only.open || value.open };
  return { ...value, items: value.items.map((item) => (item.kind === 'map' ? asObject(item) : item)) };
}

function camel(name: string): string {
  return name
    .replaceAll(/_([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase())
    .replace(/Ip(?=$|[A-Z])/u, 'IP')
    .replace(/^hostPid$/u, 'hostPID')
    .replace(/^hostIpc$/u, 'hostIPC');
}
