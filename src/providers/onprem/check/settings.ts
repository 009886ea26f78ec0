import { posix } from "node:path";
import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import type { OnpremOptions } from "../../contract.js";

/** Whether volumes can be where they shall be. */
export function checkStorage({ storage = {} }: OnpremOptions): Problem[] {
  return Object.entries(storage).flatMap(([name, folder]): Problem[] => {
    if (typeof folder !== "string") return [];
    const problem = folderProblem(folder);
    if (problem === undefined) return [];
    const fix = "write a folder of its own, for example /var/lib/isokube/volumes";
    return [{ code: "onprem/storage-path", path: `onprem.storage.${name}`, value: folder, why: problem, fix }];
  });
}

/** What the hosts' own system lives in. */
const systemFolders = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"];

function folderProblem(folder: string): string | undefined {
  if (!folder.startsWith("/")) return "this is not an absolute path";
  // It becomes part of scripts and of volumes' paths.
  if (!/^[A-Za-z0-9/._-]+$/.test(folder))
    return "it holds other characters than letters, digits, '/', '.', '_' and '-'";
  if (posix.normalize(folder) !== folder || folder.endsWith("/")) return "the path goes back, or has a '/' too many";
  if (systemFolders.some((system) => folder === system || folder.startsWith(`${system}/`))) {
    return "the host's own system is there";
  }
  return folder.split("/").length < 3 ? "volumes need a folder below one of the root's" : undefined;
}

/** Fields that isokube writes itself, and by what they are said instead. */
const ownFields: Readonly<Record<"kubelet" | "kubeProxy", Readonly<Record<string, string>>>> = {
  kubelet: {
    apiVersion: "leave it out",
    kind: "leave it out",
    cgroupDriver: "set hostSettings.cgroupDriver, which containerd follows too",
    failCgroupV1: "set hostSettings.failCgroupV1",
    failSwapOn: "set hostSettings.failSwapOn",
    serverTLSBootstrap: "leave it out: it is always on, so that the metrics can be trusted",
    clusterDNS: "leave it out: it follows from network.serviceCidr",
  },
  kubeProxy: {
    apiVersion: "leave it out",
    kind: "leave it out",
    clusterCIDR: "set network.podCidr",
  },
};

/** Whether the escape hatches leave alone what isokube decides. */
export function checkHostSettings({ hostSettings = {} }: OnpremOptions): Problem[] {
  return (["kubelet", "kubeProxy"] as const).flatMap((part) =>
    Object.entries(hostSettings[part] ?? {}).flatMap(([field]): Problem[] => {
      const fix = Object.hasOwn(ownFields[part], field) ? ownFields[part][field] : undefined;
      if (fix === undefined) return [];
      const path = joinPath(`onprem.hostSettings.${part}`, field);
      return [{ code: "onprem/own-field", path, why: "isokube writes this field itself", fix }];
    }),
  );
}
