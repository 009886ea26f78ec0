import { homedir } from "node:os";
import { join } from "node:path";
import { defaultKubernetesMinor, kubernetesVersions } from "../../../toolchain/versions.js";
import { type Component, componentNames, type LocalBinaries } from "../../local/spec.js";
import type { ControlPlaneMachine, EnsureOptions } from "./port.js";

/**
 * This machine. The engine and the toolchain load when they are first needed:
 * a preview of a new cluster needs neither.
 */
export function thisMachine(projectDirectory: string): ControlPlaneMachine {
  const engine = () => import("../../local/index.js");
  return {
    releases: async () => ({ versions: kubernetesVersions, defaultMinor: defaultKubernetesMinor }),
    dataDirectory: (clusterName) => join(homeDirectory(), "clusters", clusterName),
    // Two checkouts of one project have the same URNs, and must not share a cluster by accident.
    ownerOf: (urn) => `${urn} in ${projectDirectory}`,
    async ensure(spec, options) {
      const binaries = await ensureBinaries(spec.kubernetesVersion, options);
      return (await engine()).ensureCluster(spec, binaries, options);
    },
    observe: async (dataDirectory) => (await engine()).observeCluster(dataDirectory),
    probe: async (dataDirectory) => (await engine()).probeComponents(dataDirectory),
    recorded: async (dataDirectory) => (await engine()).recordedSpec(dataDirectory),
    async destroy(dataDirectory, options) {
      await (await engine()).destroyCluster(dataDirectory, options);
    },
  };
}

/** Where the clusters of this user are. */
function homeDirectory(): string {
  const set = (name: string): string | undefined => (process.env[name] === "" ? undefined : process.env[name]);
  return set("ISOKUBE_HOME") ?? join(set("XDG_STATE_HOME") ?? join(homedir(), ".local", "state"), "isokube");
}

async function ensureBinaries(
  kubernetesVersion: string,
  { signal, onProgress }: EnsureOptions,
): Promise<LocalBinaries> {
  const { ensureParts } = await import("../../../toolchain/index.js");
  const parts = await ensureParts({
    parts: componentNames,
    kubernetesVersion,
    signal,
    onProgress: ({ part, step, elapsedSeconds }) => onProgress(`${part}: ${step} (${Math.round(elapsedSeconds)} s)`),
  });
  const path = (name: Component): string => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`the toolchain gave no ${name}`);
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
