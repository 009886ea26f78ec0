import type { KeyObject } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  type AddonName,
  type ArchiveRecipe,
  addonArchive,
  clusterArchives,
  currentPlatform,
  describeHolder,
  type EnsuredPart,
  ensureParts,
  type KubernetesRelease,
  type LockHolder,
  type PartName,
  partsOf,
  resolveKubernetesRelease,
  type ToolchainProgress,
} from "../../../toolchain/index.js";
import { cniPluginNames } from "../../core/cni-plugins.js";
import { packageVersion } from "../../core/package.js";
import { formatProblem } from "../../core/problems.js";
import type { BundleFile, BundleManifest } from "../../onprem/artifacts/bundle.js";
import { Exit } from "../exit.js";
import { type BundleFolder, withFolder } from "./folder.js";

export interface BundleRequest {
  readonly directory: string;
  readonly kubernetesVersion: string;
  readonly addons: readonly AddonName[];
  readonly privateKey?: KeyObject;
  readonly onProgress?: ToolchainProgress;
  readonly signal: AbortSignal;
}

/** One line of the report. */
export interface BundleRow {
  readonly name: string;
  readonly version: string;
  readonly way: string;
  readonly bytes: number;
  readonly seconds: number;
}

export interface MadeBundle {
  readonly manifest: BundleManifest;
  readonly rows: readonly BundleRow[];
}

/**
 * What a host gets from its own distribution: the container runtime, and the
 * firewall's programs, which must fit its kernel.
 */
const debianPackages = [
  "conntrack",
  "containerd",
  "ethtool",
  "haproxy",
  "iproute2",
  "ipset",
  "iptables",
  "keepalived",
  "kmod",
  "mount",
  "nftables",
  "runc",
  "socat",
  "util-linux",
];

/**
 * Writes a bundle. What takes long, the parts, is kept in the toolchain's
 * cache. Interrupted at any moment, running again continues.
 */
export async function makeBundle(request: BundleRequest): Promise<MadeBundle> {
  const { directory, signal, onProgress } = request;
  const platform = bundlePlatform();
  const release = resolveKubernetesRelease(request.kubernetesVersion);
  const archives = [...clusterArchives(release), ...request.addons.map((addon) => addonArchive(addon, release))];
  const parts = await getParts(request, ["kubelet", "kubeadm", ...cniPluginNames, ...partsOf(archives)]);
  const programs = await hostPrograms(request, release, parts);
  const begun = Date.now();
  const onWait = (holder: LockHolder) =>
    onProgress?.({
      part: "bundle",
      step: `waiting for ${describeHolder(holder)}, which writes it`,
      elapsedSeconds: (Date.now() - begun) / 1000,
    });
  const make: Making = { request, platform, release, archives, parts, programs };
  return withFolder(directory, { signal, onWait }, (folder) => fillFolder(folder, make));
}

/** Everything that a bundle is written from. */
interface Making {
  readonly request: BundleRequest;
  readonly platform: BundleManifest["platform"];
  readonly release: KubernetesRelease;
  readonly archives: readonly ArchiveRecipe[];
  readonly parts: ReadonlyMap<PartName, EnsuredPart>;
  readonly programs: ReadonlyMap<string, readonly string[]>;
}

async function fillFolder(folder: BundleFolder, making: Making): Promise<MadeBundle> {
  const { request, platform, release, archives, parts, programs } = making;
  const files: BundleFile[] = [];
  const rows: BundleRow[] = [...parts.values()].map(({ name, version, origin, bytes, seconds }) => ({
    name,
    version,
    way: origin,
    bytes,
    seconds,
  }));
  for (const [source, names] of programs) {
    const path = `bin/${names.length === 1 ? names[0] : basename(source)}`;
    const file = await folder.copy(path, source, "binary", release.version);
    files.push(names.length === 1 ? file : { ...file, links: names });
  }
  for (const name of cniPluginNames) {
    const { path, version } = found(parts, name);
    files.push(await folder.copy(`cni/${name}`, path, "cni-plugin", version));
  }
  const images: BundleManifest["images"][number][] = [];
  const paths = new Map([...parts].map(([name, part]) => [name, part.path]));
  for (const archive of archives) {
    const begun = Date.now();
    const written = await folder.writeImages(archive, paths, request.signal);
    files.push(written.file);
    images.push(...written.images);
    const { path, version, bytes } = written.file;
    rows.push({ name: path, version, way: "written", bytes, seconds: (Date.now() - begun) / 1000 });
  }
  const manifest: BundleManifest = {
    formatVersion: 1,
    kubernetesVersion: release.version,
    platform,
    createdWith: `isokube ${packageVersion()}`,
    files,
    images,
    packages: [{ distro: "debian", names: debianPackages }],
  };
  folder.writeList(manifest, request.privateKey);
  return { manifest, rows };
}

function bundlePlatform(): BundleManifest["platform"] {
  const platform = currentPlatform();
  if (platform === "linux/amd64") return "linux-amd64";
  if (platform === "linux/arm64") return "linux-arm64";
  throw new Exit(
    2,
    formatProblem({
      code: "bundle/platform",
      path: "platform",
      value: platform,
      why: "the programs of a bundle are those of the machine that makes it, and hosts run Linux",
      fix: "make the bundle on Linux with the hosts' kind of processor, for example on one of them",
    }),
  );
}

function getParts(request: BundleRequest, parts: readonly PartName[]): Promise<Map<PartName, EnsuredPart>> {
  const { kubernetesVersion, signal, onProgress } = request;
  return ensureParts({ parts, kubernetesVersion, signal, ...(onProgress === undefined ? {} : { onProgress }) });
}

/**
 * The programs outside of containers, by file: where they were built, they are
 * one with three names; as official downloads each is a file of its own.
 */
async function hostPrograms(
  request: BundleRequest,
  release: KubernetesRelease,
  parts: ReadonlyMap<PartName, EnsuredPart>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const kubelet = found(parts, "kubelet").path;
  const beside = join(dirname(kubelet), basename(kubelet).replace("kubelet", "kubectl"));
  const kubectl = existsSync(beside)
    ? beside
    : found(await getParts({ ...request, kubernetesVersion: release.version }, ["kubectl"]), "kubectl").path;
  const names = new Map<string, readonly string[]>();
  for (const [name, path] of [
    ["kubelet", kubelet],
    ["kubeadm", found(parts, "kubeadm").path],
    ["kubectl", kubectl],
  ] as const) {
    const file = realpathSync(path);
    names.set(file, [...(names.get(file) ?? []), name]);
  }
  return names;
}

function found(parts: ReadonlyMap<PartName, EnsuredPart>, name: PartName): EnsuredPart {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`${name} was not got`);
  return part;
}
