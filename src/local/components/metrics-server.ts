import { renderKubeconfig } from "../kubeconfig.js";
import { loopback } from "../layout.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

/** Longest wait for one node's metrics; metrics-server wants it below nine tenths of the resolution. */
const requestTimeoutSeconds = 5;

export function renderMetricsServer({ layout, spec, ports, binaries }: RenderContext): ProcessPlan {
  const name = "metrics-server";
  const [certificate, key] = pair(layout, `${name}-serving`);
  const [clientCertificate, clientKey] = pair(layout, name);
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
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      // What it would look up in the cluster is known here.
      "--authentication-skip-lookup=true",
      `--client-ca-file=${authority}`,
      `--requestheader-client-ca-file=${layout.certificate("front-proxy-ca")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--authorization-always-allow-paths=",
      `--kubelet-certificate-authority=${authority}`,
      `--kubelet-client-certificate=${clientCertificate}`,
      `--kubelet-client-key=${clientKey}`,
      "--kubelet-use-node-status-port=true",
      "--kubelet-preferred-address-types=InternalIP",
      `--kubelet-request-timeout=${requestTimeoutSeconds}s`,
      `--metric-resolution=${spec.metricsResolutionSeconds}s`,
      "--profiling=false",
    ],
    environment: {},
    files: { [kubeconfig]: renderKubeconfig(layout, ports, name) },
    reads: [certificate, key, clientCertificate, clientKey, authority, layout.certificate("front-proxy-ca")],
  };
}
