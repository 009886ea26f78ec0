import type { ChartSpec, ClusterSpec, ProvisionedCluster, TolerationRule, WorkloadRules } from "../contract.js";
import { fastHyperdisk } from "./machine-types.js";
import { keepsPodsOut, planPools } from "./node-pools.js";

const provisioner = "pd.csi.storage.gke.io";

/**
 * What a volume is depends on the node that it is first used on: the newest
 * machines take Hyperdisk only, the others Persistent Disk. `dynamic` lets the
 * driver choose, so one class serves pools of both, and
 * `use-allowed-disk-topology` keeps a pod where its volume can go.
 *
 * Volumes are in one zone, as on other clouds: kept in two they would cost twice
 * as much, and Hyperdisk and Persistent Disk differ in how that is asked for.
 */
const dynamic = {
  type: "dynamic",
  "hyperdisk-type": "hyperdisk-balanced",
  "use-allowed-disk-topology": "true",
} as const;

export const storageClasses = {
  standard: { provisioner, parameters: { ...dynamic, "pd-type": "pd-balanced" } },
  fast: {
    provisioner,
    parameters: {
      ...dynamic,
      "pd-type": "pd-ssd",
      // Not operations a second: how many a volume may have depends on its size, and too many are refused.
      "provisioned-throughput-on-create": `${fastHyperdisk.provisionedThroughput}Mi`,
    },
  },
} satisfies ProvisionedCluster["storageClasses"];

/** GKE taints Arm nodes, so that pods of the other architecture keep away from them. */
const armTolerations: readonly TolerationRule[] = [
  { key: "kubernetes.io/arch", operator: "Equal", value: "arm64", effect: "NoSchedule" },
];

/**
 * Where only Arm nodes are open to every pod, every pod has to tolerate their
 * taint: nothing else is there to run on. Elsewhere GKE lets only pods that ask
 * for Arm onto them.
 */
function tolerationsOf(spec: ClusterSpec): readonly TolerationRule[] {
  const open = planPools(spec).filter(({ pool }) => !keepsPodsOut(pool));
  return open.length > 0 && open.every(({ choice }) => choice.type.arch === "arm64") ? armTolerations : [];
}

/** What this very cluster asks of workloads; undefined where it is what every cluster of its mode asks. */
export function workloadRulesFor(spec: ClusterSpec): WorkloadRules | undefined {
  const tolerations = tolerationsOf(spec);
  return tolerations.length === 0 ? undefined : { by: "GKE, where only Arm nodes are open to every pod", tolerations };
}

/** The gateway controller that every target has. GKE brings all the rest itself. */
export function chartsOf(spec: ClusterSpec): readonly ChartSpec[] {
  const tolerations = tolerationsOf(spec);
  const values =
    tolerations.length === 0 ? {} : { deployment: { pod: { tolerations } }, certgen: { job: { tolerations } } };
  return [{ name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values }];
}
