import { ipv4Range, nodeCidrMaskSize } from "../address-ranges.js";
import { renderKubeconfig } from "../kubeconfig.js";
import { loopback } from "../layout.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

export function renderKubeControllerManager({ layout, spec, ports, binaries }: RenderContext): ProcessPlan {
  const name = "kube-controller-manager";
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
      // One instance: waiting for a lease would only delay it.
      "--leader-elect=false",
      "--use-service-account-credentials=true",
      `--service-account-private-key-file=${layout.key("service-accounts")}`,
      `--root-ca-file=${authority}`,
      `--cluster-signing-cert-file=${authority}`,
      `--cluster-signing-key-file=${layout.key("ca")}`,
      `--cluster-name=${spec.id}`,
      "--allocate-node-cidrs=true",
      `--cluster-cidr=${spec.podCidr}`,
      `--service-cluster-ip-range=${spec.serviceCidr}`,
      `--node-cidr-mask-size=${nodeCidrMaskSize(ipv4Range(spec.podCidr))}`,
      // There is no cloud whose routes, nodes and load balancers it could manage.
      "--controllers=*,-cloud-node-lifecycle-controller,-node-route-controller,-service-lb-controller",
      `--horizontal-pod-autoscaler-sync-period=${spec.hpaSyncPeriodSeconds}s`,
      `--horizontal-pod-autoscaler-downscale-stabilization=${spec.hpaDownscaleStabilizationSeconds}s`,
      "--kube-api-qps=200",
      "--kube-api-burst=400",
      "--profiling=false",
    ],
    environment: {},
    files: { [kubeconfig]: renderKubeconfig(layout, ports, name) },
    reads: [certificate, key, authority, layout.key("ca"), layout.key("service-accounts"), ...pair(layout, name)],
  };
}

/**
 * Flags of a component's own listener: who has no certificate of the group
 * `system:masters` is refused, the health endpoints included. Without a
 * kubeconfig for reviews, nothing is asked of the API server either, so health
 * can be read while that is down.
 */
export function administratorsOnly(authority: string): readonly string[] {
  return [`--client-ca-file=${authority}`, "--authorization-always-allow-paths="];
}
