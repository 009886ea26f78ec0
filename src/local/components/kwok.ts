import { renderKubeconfig } from "../kubeconfig.js";
import { renderStages } from "../stages.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

/**
 * kwok drives nodes and pods through their conditions and opens no port: its
 * server can authenticate nobody (it takes plain HTTP on the same port as TLS),
 * so the simulated kubelet stands in for it.
 */
export function renderKwok({ layout, spec, ports, binaries }: RenderContext): ProcessPlan {
  const kubeconfig = layout.configFile("kwok.kubeconfig");
  const config = layout.configFile("kwok.yaml");
  return {
    name: "kwok",
    executable: binaries.kwok,
    arguments: [
      `--kubeconfig=${kubeconfig}`,
      `--config=${config}`,
      "--manage-all-nodes=true",
      `--cidr=${spec.podCidr}`,
      "--server-address=",
      "--node-port=0",
      // Leases are held under a random identity: after a crash the next kwok would
      // wait for them to expire. Heartbeats in the node's status serve as well.
      "--node-lease-duration-seconds=0",
      "--v=WARN",
    ],
    environment: {},
    files: { [kubeconfig]: renderKubeconfig(layout, ports, "kwok"), [config]: renderStages() },
    reads: [layout.certificate("ca"), ...pair(layout, "kwok")],
  };
}
