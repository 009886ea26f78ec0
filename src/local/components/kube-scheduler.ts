import { renderKubeconfig } from "../kubeconfig.js";
import { loopback } from "../layout.js";
import { administratorsOnly } from "./kube-controller-manager.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

export function renderKubeScheduler({ layout, ports, binaries }: RenderContext): ProcessPlan {
  const name = "kube-scheduler";
  const [certificate, key] = pair(layout, `${name}-serving`);
  const kubeconfig = layout.configFile(`${name}.kubeconfig`);
  const authority = layout.certificate("ca");
  return {
    name,
    executable: binaries[name],
    arguments: [
      `--kubeconfig=${kubeconfig}`,
      `--bind-address=${loopback}`,
      `--secure-port=${ports[name]}`,
      `--tls-cert-file=${certificate}`,
      `--tls-private-key-file=${key}`,
      ...administratorsOnly(authority),
      "--leader-elect=false",
      "--kube-api-qps=200",
      "--kube-api-burst=400",
      "--profiling=false",
    ],
    environment: {},
    files: { [kubeconfig]: renderKubeconfig(layout, ports, name) },
    reads: [certificate, key, authority, ...pair(layout, name)],
  };
}
