import type { TestHosts } from "./index.js";
import { thisMachinesHostSettings } from "./settings.js";

/** Config of a stack of these hosts: those that are named, and as workers all others unless they are named, too. */
export function onpremConfig(
  hosts: TestHosts,
  bundle: string,
  controlPlanes: readonly string[],
  workers: readonly string[] = hosts.all.map(({ name }) => name).filter((name) => !controlPlanes.includes(name)),
): Readonly<Record<string, unknown>> {
  const prefix = hosts.network.slice(0, hosts.network.lastIndexOf("."));
  const { kubelet, kubeProxy } = thisMachinesHostSettings;
  const { cgroupDriver, failCgroupV1, failSwapOn } = kubelet;
  return {
    "isokube:target": "onprem",
    "isokube:kubernetesVersion": "1.35",
    "isokube:onprem": {
      hosts: Object.fromEntries(
        [...controlPlanes, ...workers].map((name) => {
          const { address, hostKey } = hosts.get(name);
          return [name, { address, hostKey, role: controlPlanes.includes(name) ? "controlPlane" : "worker" }];
        }),
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
