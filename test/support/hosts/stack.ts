import type { TestHosts } from "./index.js";
import { thisMachinesHostSettings } from "./settings.js";

/** Config of a stack whose hosts are these; those that are named are control planes, the others workers. */
export function onpremConfig(
  hosts: TestHosts,
  bundle: string,
  controlPlanes: readonly string[],
): Readonly<Record<string, unknown>> {
  const prefix = hosts.network.slice(0, hosts.network.lastIndexOf("."));
  const { kubelet, kubeProxy } = thisMachinesHostSettings;
  const { cgroupDriver, failCgroupV1, failSwapOn } = kubelet;
  return {
    "isokube:target": "onprem",
    "isokube:kubernetesVersion": "1.35",
    "isokube:onprem": {
      hosts: Object.fromEntries(
        hosts.all.map(({ name, address, hostKey }) => [
          name,
          { address, hostKey, role: controlPlanes.includes(name) ? "controlPlane" : "worker" },
        ]),
      ),
      ssh: { user: hosts.get(0).user, privateKeyFile: hosts.privateKeyFile },
      ...(controlPlanes.length > 1 ? { endpoint: { vip: `${prefix}.5` } } : {}),
      artifacts: { bundle },
      loadBalancer: { addresses: [`${prefix}.200-${prefix}.220`] },
      hostSettings: { cgroupDriver, failCgroupV1, failSwapOn, restrictOomScoreAdj: true, kubeProxy },
      drainTimeoutSeconds: 60,
    },
  };
}
