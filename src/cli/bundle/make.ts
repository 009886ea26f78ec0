import { createHash, type KeyObject, sign } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  type AddonName,
  type ArchiveRecipe,
  addonArchive,
  clusterArchives,
  currentPlatform,
  type EnsuredPart,
  ensureParts,
  type KubernetesRelease,
  type PartName,
  partsOf,
  resolveKubernetesRelease,
  type ToolchainProgress,
  writeImageArchive,
} from "../../../toolchain/index.js";
import { cniPluginNames } from "../../core/cni-plugins.js";
import { packageVersion } from "../../core/package.js";
import { formatProblem } from "../../core/problems.js";
import {
  type BundleFile,
  type BundleManifest,
  bundleFile,
  bundleSignatureFile,
  parseBundle,
} from "../../onprem/artifacts/bundle.js";
import { Exit } from "../exit.js";

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
 * cache; every file gets its name when it is whole, and the list is written
 * last. Interrupted at any moment, running again continues.
 */
export async function makeBundle(request: BundleRequest): Promise<MadeBundle> {
  const { directory, signal } = request;
  const platform = bundlePlatform();
  const release = resolveKubernetesRelease(request.kubernetesVersion);
  const archives = [...clusterArchives(release), ...request.addons.map((addon) => addonArchive(addon, release))];
  const parts = await getParts(request, ["kubelet", "kubeadm", ...cniPluginNames, ...partsOf(archives)]);
  // From here on the folder is another bundle than what its list says.
  for (const name of [bundleFile, bundleSignatureFile]) rmSync(join(directory, name), { force: true });
  const files: BundleFile[] = [];
  const rows: BundleRow[] = [...parts.values()].map(({ name, version, origin, bytes, seconds }) => ({
    name,
    version,
    way: origin,
    bytes,
    seconds,
  }));
  for (const [source, names] of await hostPrograms(request, release, parts)) {
    const path = `bin/${names.length === 1 ? names[0] : basename(source)}`;
    const file = await copyInto(directory, path, source, "binary", release.version);
    files.push(names.length === 1 ? file : { ...file, links: names });
  }
  for (const name of cniPluginNames) {
    const { path, version } = found(parts, name);
    files.push(await copyInto(directory, `cni/${name}`, path, "cni-plugin", version));
  }
  const images: BundleManifest["images"][number][] = [];
  for (const archive of archives) {
    const begun = Date.now();
    const file = await writeImages(directory, archive, parts, signal);
    files.push(file.file);
    images.push(...file.images);
    const { path, version, bytes } = file.file;
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
  writeList(directory, manifest, request.privateKey);
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

/** Copies, and never links: whoever changes a bundle must not change the cache. */
async function copyInto(
  directory: string,
  path: string,
  source: string,
  kind: BundleFile["kind"],
  version: string,
): Promise<BundleFile> {
  const target = join(directory, path);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  copyFileSync(source, partial, constants.COPYFILE_FICLONE);
  chmodSync(partial, 0o755);
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(createReadStream(partial), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  renameSync(partial, target);
  return { path, sha256: hash.digest("hex"), bytes, kind, version };
}

async function writeImages(
  directory: string,
  archive: ArchiveRecipe,
  parts: ReadonlyMap<PartName, EnsuredPart>,
  signal: AbortSignal,
): Promise<{ readonly file: BundleFile; readonly images: BundleManifest["images"] }> {
  const path = `images/${archive.name}.tar`;
  const paths = new Map([...parts].map(([name, part]) => [name, part.path]));
  const { sha256, bytes, images } = await writeImageArchive(join(directory, path), archive, paths, signal);
  return {
    file: { path, sha256, bytes, kind: "images", version: archive.version },
    images: images.map(({ name, digest }) => ({ name, file: path, digest })),
  };
}

function writeList(directory: string, manifest: BundleManifest, privateKey: KeyObject | undefined): void {
  const content = `${JSON.stringify(manifest, undefined, 2)}\n`;
  // A list that its own reader refuses would only be noticed where nothing can be mended.
  parseBundle(content);
  if (privateKey !== undefined) {
    const signature = sign(undefined, Buffer.from(content), privateKey).toString("base64");
    writeFileSync(join(directory, bundleSignatureFile), `${signature}\n`);
  }
  const partial = join(directory, `${bundleFile}.partial`);
  writeFileSync(partial, content);
  renameSync(partial, join(directory, bundleFile));
}
