import { formatProblem, type Problem } from "../../core/problems.js";
import { ProblemList } from "../../core/validation.js";
import type { ClusterSight, NodeSight } from "../facts.js";
import { kubeProxySettingsAnnotation } from "../kubeadm/kube-proxy.js";
import { type Remote, RemoteFailure } from "../remote.js";
import { publicKeyPin, readCertificate } from "./certificates.js";
import { listEtcdMembers } from "./etcd.js";
import { HostReport, isRecord } from "./report.js";

const lookSeconds = 60;

/** Asks the API server for all at once; what it refuses is told in its own words. */
const clusterScript = `
set -u
KUBECACHEDIR=/run/isokube/kubectl; export KUBECACHEDIR
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
ask() {
  name=$1
  shift
  kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=20s "$@" > "$folder/$name" 2> "$folder/$name.error" ||
    { tail -n 3 "$folder/$name.error" >&2; : > "$folder/failed"; }
}
ask version get --raw /version &
ask nodes get nodes --output=json &
ask config --namespace kube-system get configmap kubeadm-config --output=json &
ask proxy --namespace kube-system get daemonset kube-proxy --ignore-not-found --output=json &
wait
[ ! -e "$folder/failed" ] || exit 1
printf 'begun\\0\\0'
for name in version nodes config proxy; do
  printf '%s\\0' "$name"
  tr -d '\\000' < "$folder/$name"
  printf '\\0'
done
printf 'ca\\0'
tr -d '\\000' < /etc/kubernetes/pki/ca.crt
printf '\\0ended\\0\\0'
`;

/**
 * What a control plane's API server and etcd say of the cluster.
 * @throws RemoteFailure when either does not answer, or nonsense
 */
export async function observeCluster(remote: Remote, signal?: AbortSignal): Promise<ClusterSight> {
  const [{ stdout }, etcd] = await Promise.all([
    remote.run({ text: clusterScript, timeoutSeconds: lookSeconds, signal }),
    listEtcdMembers(remote, signal),
  ]);
  const { sight, problems } = parseCluster(stdout);
  if (problems.length === 0) return { ...sight, etcd };
  const why = problems.map(formatProblem).join(" ");
  throw new RemoteFailure(remote.name, "exit", `what the API server says of the cluster cannot be read. ${why}`);
}

/** Versions are without the `v` that Kubernetes writes before them. */
export function parseCluster(output: string): {
  readonly sight: Omit<ClusterSight, "etcd">;
  readonly problems: readonly Problem[];
} {
  const problems = new ProblemList();
  const report = HostReport.read(output, problems);
  const ca = readCertificate(report.need("ca"));
  const caHash = ca === undefined ? undefined : publicKeyPin(ca);
  if (caHash === undefined) report.refuse("ca", undefined, "is no certificate", "restore /etc/kubernetes/pki/ca.crt");
  const config = field(report.record("config")["data"], "ClusterConfiguration");
  const sight = {
    version: report.version("version", field(report.record("version"), "gitVersion")),
    configuredVersion: report.version(
      "configuredVersion",
      /^kubernetesVersion: *["']?([^\s"']+)/m.exec(config)?.[1] ?? "",
    ),
    nodes: readNodes(report),
    kubeProxySettings: readKubeProxySettings(report),
    caHash: caHash ?? "",
  };
  return { sight, problems: problems.found };
}

function readKubeProxySettings(report: HostReport): string | undefined {
  // Nothing where kubeadm has not come as far yet.
  if (report.need("proxy").trim() === "") return undefined;
  const template = at(at(report.record("proxy"), "spec"), "template");
  return textsOf(at(at(template, "metadata"), "annotations"))[kubeProxySettingsAnnotation];
}

function readNodes(report: HostReport): NodeSight[] {
  const { items } = report.record("nodes");
  if (!Array.isArray(items)) {
    report.refuse("nodes", undefined, "is no list of nodes", "look again");
    return [];
  }
  return items.map((node: unknown, index) => {
    const metadata = at(node, "metadata");
    const status = at(node, "status");
    const name = field(metadata, "name");
    if (name === "") report.refuse(`nodes[${index}]`, undefined, "has no name", "look again");
    const labels = textsOf(at(metadata, "labels"));
    return {
      name,
      ready: list(at(status, "conditions")).some(
        (it) => field(it, "type") === "Ready" && field(it, "status") === "True",
      ),
      unschedulable: at(at(node, "spec"), "unschedulable") === true,
      kubeletVersion: field(at(status, "nodeInfo"), "kubeletVersion").replace(/^v/, ""),
      address:
        list(at(status, "addresses"))
          .filter((it) => field(it, "type") === "InternalIP")
          .map((it) => field(it, "address"))[0] ?? "",
      controlPlane: "node-role.kubernetes.io/control-plane" in labels,
      labels,
      taints: list(at(at(node, "spec"), "taints")).map((taint) => {
        const value = field(taint, "value");
        return { key: field(taint, "key"), ...(value === "" ? {} : { value }), effect: field(taint, "effect") };
      }),
    };
  });
}

function at(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function field(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === "string" ? found : "";
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
