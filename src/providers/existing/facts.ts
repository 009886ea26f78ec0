import { type ApiReader, ApiStatusError } from "./api-client.js";
import { isRecord, textOf } from "./kubeconfig.js";

/** A fact that was seen, or why it was not: not being allowed to look is no reason to fail. */
export type Seen<T> = { readonly seen: true; readonly value: T } | { readonly seen: false; readonly why: string };

export interface NodeFacts {
  readonly name: string;
  readonly arch: string | undefined;
  readonly simulated: boolean;
  readonly controlPlane: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of what can be allocated beside cpu, memory and pods, for example `nvidia.com/gpu`. */
  readonly devices: readonly string[];
}

export interface StorageClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
}

/** What can be read of a live cluster without changing it. */
export interface ClusterFacts {
  /** Full version as the server reports it, without the leading `v`. */
  readonly version: string;
  /** Names of API groups, aggregated ones included. */
  readonly apiGroups: readonly string[];
  /** Whether the metrics API answers, not only whether it is registered. */
  readonly metricsAnswer: Seen<boolean>;
  readonly nodes: Seen<readonly NodeFacts[]>;
  readonly storageClasses: Seen<readonly StorageClassFacts[]>;
  readonly gatewayClasses: Seen<readonly string[]>;
  /** Names of kube-system's DaemonSets and Deployments: how network plugins and autoscalers are known. */
  readonly systemWorkloads: Seen<readonly string[]>;
  /** Whether some Service of type LoadBalancer has an address. */
  readonly loadBalancerAddress: Seen<boolean>;
  /** Whether kube-system has a DNS Service. */
  readonly dnsService: Seen<boolean>;
  readonly issuer: Seen<string>;
  /** UID of the kube-system namespace: no two clusters share it. */
  readonly uid: Seen<string>;
}

/** Reads the facts, at most a few requests at once. Only reads. */
export async function readFacts(api: ApiReader): Promise<ClusterFacts> {
  const [version, groups] = await Promise.all([api.get("/version"), api.get("/apis")]);
  const apiGroups = listOf(groups, "groups").flatMap((group) => textOf(group, "name") ?? []);
  const ask = <T>(path: string, read: (answer: unknown) => T) => see(api, path, read);
  const names = (answer: unknown) => items(answer).flatMap((item) => textOf(metadataOf(item), "name") ?? []);
  const [metricsAnswer, nodes, storageClasses, gatewayClasses, daemonSets, deployments, services, dns, issuer, uid] =
    await Promise.all([
      seeMetrics(api, apiGroups),
      ask("/api/v1/nodes?limit=500", (answer) => items(answer).map(readNode)),
      ask("/apis/storage.k8s.io/v1/storageclasses?limit=500", (answer) => items(answer).map(readStorageClass)),
      apiGroups.includes("gateway.networking.k8s.io")
        ? ask("/apis/gateway.networking.k8s.io/v1/gatewayclasses?limit=500", names)
        : seen<string[]>([]),
      ask("/apis/apps/v1/namespaces/kube-system/daemonsets?limit=500", names),
      ask("/apis/apps/v1/namespaces/kube-system/deployments?limit=500", names),
      ask("/api/v1/services?limit=500", (answer) => items(answer).some(hasAddress)),
      ask("/api/v1/namespaces/kube-system/services?limit=500", (answer) =>
        items(answer).some((service) => labelsOf(service)["k8s-app"] === "kube-dns"),
      ),
      ask("/.well-known/openid-configuration", (answer) => (isRecord(answer) ? (textOf(answer, "issuer") ?? "") : "")),
      ask("/api/v1/namespaces/kube-system", (answer) => textOf(metadataOf(answer), "uid") ?? ""),
    ]);
  return {
    version: (isRecord(version) ? (textOf(version, "gitVersion") ?? "") : "").replace(/^v/, ""),
    apiGroups,
    metricsAnswer,
    nodes,
    storageClasses,
    gatewayClasses,
    systemWorkloads: both(daemonSets, deployments),
    loadBalancerAddress: services,
    dnsService: dns,
    issuer,
    uid,
  };
}

const seen = <T>(value: T): Seen<T> => ({ seen: true, value });

async function see<T>(api: ApiReader, path: string, read: (answer: unknown) => T): Promise<Seen<T>> {
  try {
    return seen(read(await api.get(path)));
  } catch (error) {
    // Everything but an answer is a failure of the whole reading.
    if (!(error instanceof ApiStatusError)) throw error;
    const what = path.replace(/\?.*/, "");
    return {
      seen: false,
      why: error.status === 403 ? `the user may not read ${what}` : error.message.replace(/\?\S*/, ""),
    };
  }
}

/** A registered metrics API whose server is down is worse than none. */
async function seeMetrics(api: ApiReader, apiGroups: readonly string[]): Promise<Seen<boolean>> {
  if (!apiGroups.includes("metrics.k8s.io")) return seen(false);
  const answer = await see(api, "/apis/metrics.k8s.io/v1beta1/nodes?limit=1", () => true);
  if (answer.seen || answer.why.startsWith("the user may not")) return answer;
  return seen(false);
}

function both<T>(one: Seen<readonly T[]>, other: Seen<readonly T[]>): Seen<readonly T[]> {
  if (!one.seen) return one;
  return other.seen ? seen([...one.value, ...other.value]) : other;
}

type Block = Readonly<Record<string, unknown>>;

function listOf(value: unknown, key: string): Block[] {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

const items = (answer: unknown): Block[] => listOf(answer, "items");

function blockOf(value: unknown, key: string): Block {
  const block = isRecord(value) ? value[key] : undefined;
  return isRecord(block) ? block : {};
}

const metadataOf = (object: unknown): Block => blockOf(object, "metadata");

function textsOf(block: Block): Record<string, string> {
  return Object.fromEntries(
    Object.entries(block).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

const labelsOf = (object: unknown): Record<string, string> => textsOf(blockOf(metadataOf(object), "labels"));

function readNode(node: Block): NodeFacts {
  const labels = labelsOf(node);
  const annotations = textsOf(blockOf(metadataOf(node), "annotations"));
  const usual = ["cpu", "memory", "pods", "ephemeral-storage"];
  const allocatable = Object.keys(blockOf(blockOf(node, "status"), "allocatable"));
  return {
    name: textOf(metadataOf(node), "name") ?? "",
    arch: labels["kubernetes.io/arch"],
    simulated: labels["isokube.dev/simulated"] === "true" || annotations["kwok.x-k8s.io/node"] !== undefined,
    controlPlane: labels["node-role.kubernetes.io/control-plane"] !== undefined,
    labels,
    devices: allocatable.filter((name) => !usual.includes(name) && !name.startsWith("hugepages-")),
  };
}

function readStorageClass(storageClass: Block): StorageClassFacts {
  const annotations = textsOf(blockOf(metadataOf(storageClass), "annotations"));
  return {
    name: textOf(metadataOf(storageClass), "name") ?? "",
    isDefault: annotations["storageclass.kubernetes.io/is-default-class"] === "true",
  };
}

function hasAddress(service: Block): boolean {
  const ingress = blockOf(blockOf(service, "status"), "loadBalancer")["ingress"];
  return Array.isArray(ingress) && ingress.length > 0;
}
