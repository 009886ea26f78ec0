import { loopback } from "../layout.js";
import { users } from "../pki.js";
import type { SimulatedKubeletConfig } from "../simulated-kubelet/config.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

/** The kubelet endpoint of all simulated nodes: metrics only, for clients with a certificate. */
export function renderSimulatedKubelet(context: RenderContext): ProcessPlan {
  const { layout, ports } = context;
  const name = "simulated-kubelet";
  const [certificate, key] = pair(layout, `${name}-serving`);
  const [clientCertificate, clientKey] = pair(layout, name);
  const authority = layout.certificate("ca");
  const config: SimulatedKubeletConfig = {
    dataDirectory: layout.dataDirectory,
    host: loopback,
    port: ports[name],
    certificate,
    key,
    clientAuthority: authority,
    clients: [users["metrics-server"], users["kube-apiserver-kubelet-client"], users.admin],
    apiServer: { port: ports["kube-apiserver"], authority, certificate: clientCertificate, key: clientKey },
  };
  const file = layout.configFile(`${name}.json`);
  return {
    name,
    executable: context.node,
    arguments: ["--max-old-space-size=256", context.simulatedKubeletProgram, file],
    environment: { NODE_ENV: "production" },
    files: { [file]: JSON.stringify(config, undefined, 2) },
    reads: [certificate, key, clientCertificate, clientKey, authority],
  };
}
