import type { ChartSpec, ProvisionedCluster } from "../contract.js";
import { fastHyperdisk } from "./machine-types.js";

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

/** The gateway controller that every target has. GKE brings all the rest itself. */
export const charts: readonly ChartSpec[] = [
  { name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values: {} },
];
