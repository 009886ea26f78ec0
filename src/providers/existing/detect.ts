import { poolLabel } from "../../core/labels.js";
import { isAtLeast } from "../../core/versions.js";
import { type CapabilityTable, emulated, native, type Support, unknown, unsupported } from "../capabilities.js";
import { existingCluster } from "../matrix-existing.js";
import type { ClusterFacts, NodeFacts, Seen } from "./facts.js";

/** What a live cluster gives, as far as it can be seen from inside. Pure. */
export function detectCapabilities(facts: ClusterFacts, credentials: Support): CapabilityTable {
  const simulated = nodesAreSimulated(facts);
  return {
    ...existingCluster,
    kubernetesVersion: native(`the cluster runs ${facts.version}`),
    kubeconfig: credentials,
    metricsApi: when(facts.metricsAnswer, (answers) =>
      answers
        ? simulated
          ? emulated("the metrics API answers; its nodes are simulated")
          : native("the metrics API answers")
        : unsupported("no metrics API answers", "install metrics-server"),
    ),
    storageClasses: when(facts.storageClasses, detectStorage),
    loadBalancer: detectLoadBalancer(facts),
    gateway: when(facts.gatewayClasses, (classes) =>
      classes.length > 0
        ? native(`gateway classes ${classes.join(", ")}`)
        : unsupported("there is no gateway class", "install a Gateway API controller"),
    ),
    networkPolicy: when(facts.systemWorkloads, detectNetworkPolicy),
    podSecurityRestricted: sinceVersion(facts, "1.25", "Pod Security admission"),
    dns: when(facts.dnsService, (there) =>
      there ? native("a kube-dns Service") : unsupported("kube-system has no DNS Service", "install CoreDNS"),
    ),
    workloadIdentity: when(facts.issuer, detectIssuer),
    nodeLabels: when(facts.nodes, (nodes) =>
      nodes.some(({ labels }) => labels[poolLabel] !== undefined)
        ? native("nodes carry isokube.dev/pool")
        : unsupported("nodes carry no label isokube.dev/pool", "label the nodes with the name of their pool"),
    ),
    highlyAvailableControlPlane: when(facts.nodes, detectAvailability),
    nodeAutoscaling: detectAutoscaling(facts),
    containerExecution: simulated
      ? emulated("the nodes are simulated by kwok; no container runs")
      : when(facts.nodes, () => native("the cluster's nodes")),
    trafficToPods: simulated
      ? unsupported("the nodes are simulated by kwok: no container runs", "use a cluster with real nodes")
      : when(facts.nodes, () => native("the cluster's network")),
    arm64: when(facts.nodes, (nodes) =>
      nodes.some(({ arch }) => arch === "arm64")
        ? native("arm64 nodes")
        : unsupported("no node is arm64", "add arm64 nodes where the cluster is made"),
    ),
    gpu: when(facts.nodes, detectDevices),
    sidecars: sinceVersion(facts, "1.29", "init containers with restartPolicy: Always"),
    daemonSets: native("the cluster's nodes"),
  };
}

/** True when every node there is is simulated; a cluster without nodes runs nothing, but simulates nothing. */
export function nodesAreSimulated({ nodes }: ClusterFacts): boolean {
  return nodes.seen && nodes.value.length > 0 && nodes.value.every(({ simulated }) => simulated);
}

function when<T>(fact: Seen<T>, judge: (value: T) => Support): Support {
  return fact.seen ? judge(fact.value) : unknown(fact.why);
}

function sinceVersion({ version }: ClusterFacts, floor: string, by: string): Support {
  return isAtLeast(version, floor)
    ? native(by)
    : unsupported(`it came with Kubernetes ${floor}, and the cluster runs ${version}`, "upgrade the cluster");
}

function detectStorage(classes: readonly { name: string; isDefault: boolean }[]): Support {
  const names = classes.map(({ name }) => name);
  const byDefault = classes.find(({ isDefault }) => isDefault)?.name;
  if (byDefault === "standard" && names.includes("fast")) return native("storage classes standard (default) and fast");
  return unsupported(
    names.length === 0
      ? "there is no storage class"
      : `the storage classes are ${names.join(", ")}, and ${byDefault ?? "none"} is the default`,
    "make storage classes standard (default) and fast, or name the cluster's own",
  );
}

function detectLoadBalancer(facts: ClusterFacts): Support {
  if (facts.loadBalancerAddress.seen && facts.loadBalancerAddress.value)
    return native("a LoadBalancer Service has an address");
  if (facts.apiGroups.includes("metallb.io")) return native("MetalLB");
  return facts.loadBalancerAddress.seen
    ? unknown("no LoadBalancer Service has an address yet, so it cannot be told whether one would get it")
    : unknown(facts.loadBalancerAddress.why);
}

/** Network plugins that enforce NetworkPolicy, by the names of their workloads in kube-system. */
const policyEnforcers = [
  "cilium",
  "calico-node",
  "canal",
  "antrea-agent",
  "kube-router",
  "weave-net",
  "kube-network-policies",
  "azure-npm",
  "anetd",
  "ovnkube-node",
];

function detectNetworkPolicy(workloads: readonly string[]): Support {
  const found = policyEnforcers.find((name) => workloads.includes(name));
  if (found !== undefined) return native(found);
  return unknown("kube-system runs no network plugin that is known to enforce NetworkPolicy");
}

function detectIssuer(issuer: string): Support {
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : "";
  if (host === "" || /(^|\.)(svc|local|localhost)(\.|$)/.test(host) || host === "127.0.0.1") {
    return unsupported(
      `its OIDC issuer ${issuer} cannot be reached by a provider`,
      "publish the issuer where the provider can read it",
    );
  }
  return native(`the OIDC issuer ${issuer}`);
}

function detectAvailability(nodes: readonly NodeFacts[]): Support {
  const members = nodes.filter(({ controlPlane }) => controlPlane).length;
  if (members >= 3) return native(`${members} control-plane nodes`);
  if (members === 0) return unknown("the control plane is not part of the cluster, so it cannot be seen from inside");
  return unsupported(`there are ${members} control-plane nodes`, "add control-plane nodes, three at least");
}

function detectAutoscaling(facts: ClusterFacts): Support {
  if (facts.apiGroups.includes("karpenter.sh")) return native("Karpenter");
  return when(facts.systemWorkloads, (workloads) => {
    const found = workloads.find((name) => name.includes("cluster-autoscaler"));
    return found === undefined ? unknown("no node autoscaler can be seen from inside") : native(found);
  });
}

function detectDevices(nodes: readonly NodeFacts[]): Support {
  const gpus = [...new Set(nodes.flatMap(({ devices }) => devices))].filter((device) => /gpu/i.test(device));
  return gpus.length > 0
    ? native(gpus.join(", "))
    : unsupported("no node offers a GPU", "add such nodes and the vendor's device plugin");
}
