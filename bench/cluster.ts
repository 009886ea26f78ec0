import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destroyCluster, ensureCluster, type LocalBinaries } from "../src/local/index.js";
import { defaultKubernetesMinor, ensureParts, kubernetesVersions } from "../toolchain/index.js";

const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
] as const;

/** The executables of a local control plane, by component. */
export async function localBinaries(): Promise<LocalBinaries> {
  const parts = await ensureParts({ parts: [...components] });
  const path = (name: (typeof components)[number]) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the toolchain has no ${name}`);
    return part.path;
  };
  return {
    etcd: path("etcd"),
    "kube-apiserver": path("kube-apiserver"),
    "kube-controller-manager": path("kube-controller-manager"),
    "kube-scheduler": path("kube-scheduler"),
    kwok: path("kwok"),
    "metrics-server": path("metrics-server"),
  };
}

/** Full version of the minor that is used where none is asked for. */
export function defaultKubernetesVersion(): string {
  const version = kubernetesVersions[defaultKubernetesMinor];
  if (version === undefined) throw new Error(`no version of Kubernetes ${defaultKubernetesMinor}`);
  return version;
}

/** A local cluster with room for every bench, removed whatever happens. */
export async function withBenchCluster<T>(work: (kubeconfig: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), "isokube-bench-"));
  const dataDirectory = join(home, "bench");
  try {
    const cluster = await ensureCluster(
      {
        id: "bench",
        dataDirectory,
        owner: "bench",
        kubernetesVersion: defaultKubernetesVersion(),
        pools: [{ name: "general", count: 4, cpu: "64", memory: "256Gi", arch: "amd64", labels: {}, taints: [] }],
        podCidr: "10.244.0.0/16",
        serviceCidr: "10.96.0.0/16",
        auditLogs: false,
        secretsEncryption: false,
        hpaSyncPeriodSeconds: 15,
        hpaDownscaleStabilizationSeconds: 300,
        metricsResolutionSeconds: 15,
      },
      await localBinaries(),
      {},
    );
    return await work(cluster.kubeconfig);
  } finally {
    await destroyCluster(dataDirectory);
    await rm(home, { recursive: true, force: true });
  }
}
