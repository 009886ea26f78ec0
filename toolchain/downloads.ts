import { readFileSync } from "node:fs";
import { cniPluginNames, cniPluginsVersion } from "../src/core/cni-plugins.js";
import { messageOf } from "../src/core/message-of.js";
import { packageVersion } from "../src/core/package.js";
import { ToolchainError } from "./errors.js";
import { type DownloadName, downloadNames, type PartName } from "./names.js";
import { pinnedDigests } from "./pinned-digests.js";
import { currentPlatform, executableFile, type Platform } from "./platform.js";
import {
  gatewayApiVersion,
  type KubernetesRelease,
  kubeRouterVersion,
  kubernetesProviderVersion,
  kwokVersion,
  localPathProvisionerVersion,
  metalLbVersion,
  metricsServerVersion,
  pulumiVersion,
  traefikVersion,
} from "./versions.js";

/** One file of an official release (or of a mirror), with the digest that it must have. */
export interface Download {
  readonly name: DownloadName;
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
  readonly format: "raw" | "tar.gz" | "zip";
  /** Where each executable lies inside the archive; of a raw file there is one, and it is the file. */
  readonly executables: Partial<Record<PartName, string>>;
}

/**
 * `$ISOKUBE_DOWNLOADS`: `off`, or the path of a JSON file that names a mirror's
 * files, `{"etcd": {"linux/amd64": {"url": "…", "sha256": "…"}}}`. They come
 * before the official ones and have the same layout inside.
 */
const downloadsVariable = "ISOKUBE_DOWNLOADS";

/** The downloads that can be verified on this machine; a file without a pinned digest is never downloaded. */
export function downloadsFor(release: KubernetesRelease): ReadonlyMap<DownloadName, Download> {
  const setting = process.env[downloadsVariable] ?? "";
  const found = new Map<DownloadName, Download>();
  if (setting === "off") return found;
  const mirror = setting === "" ? {} : readMirror(setting);
  const platform = currentPlatform();
  for (const name of downloadNames) {
    const official = officialRelease(name, release, platform);
    const own = mirror[name]?.[platform];
    const sha256 = own?.sha256 ?? pinnedDigests[name]?.[official.version]?.[platform];
    const url = own?.url ?? official.url;
    if (sha256 === undefined || url === undefined) continue;
    found.set(name, { ...official, url, sha256, format: formatOf(url) });
  }
  return found;
}

/** Why a part has no download, in the words of a listing. */
export function whyNoDownload(): string {
  return process.env[downloadsVariable] === "off"
    ? `switched off by ${downloadsVariable}`
    : "no pinned checksum: built from source";
}

/** Without an address where upstream publishes images only: then a mirror may have the program itself. */
type Release = Omit<Download, "sha256" | "format" | "url"> & { readonly url?: string };

function officialRelease(name: DownloadName, release: KubernetesRelease, platform: Platform): Release {
  const [system = "", architecture = ""] = platform.split("/");
  const file = executableFile(name);
  const plain = { name, executables: { [name]: file } };
  switch (name) {
    case "pulumi": {
      const machine = `${system}-${architecture === "amd64" ? "x64" : architecture}`;
      const folder = system === "windows" ? "pulumi/bin" : "pulumi";
      return {
        name,
        version: pulumiVersion,
        url: `https://github.com/pulumi/pulumi/releases/download/v${pulumiVersion}/pulumi-v${pulumiVersion}-${machine}.${system === "windows" ? "zip" : "tar.gz"}`,
        executables: {
          pulumi: `${folder}/${file}`,
          "pulumi-language-nodejs": `${folder}/${executableFile("pulumi-language-nodejs")}`,
        },
      };
    }
    case "pulumi-resource-kubernetes":
      return {
        ...plain,
        version: kubernetesProviderVersion,
        url: `https://github.com/pulumi/pulumi-kubernetes/releases/download/v${kubernetesProviderVersion}/pulumi-resource-kubernetes-v${kubernetesProviderVersion}-${system}-${architecture}.tar.gz`,
      };
    case "etcd":
    case "etcd-server": {
      const version = name === "etcd" ? release.etcdVersion : release.kubeadmEtcdVersion;
      const folder = `etcd-v${version}-${system}-${architecture}`;
      return {
        name,
        version,
        url: `https://github.com/etcd-io/etcd/releases/download/v${version}/${folder}.${system === "linux" ? "tar.gz" : "zip"}`,
        executables: { [name]: `${folder}/${executableFile("etcd")}` },
      };
    }
    case "kube-apiserver":
    case "kube-controller-manager":
    case "kube-scheduler":
    case "kubectl":
    case "kubelet":
    case "kubeadm":
    case "kube-proxy":
      return {
        ...plain,
        version: release.version,
        url: `https://dl.k8s.io/release/v${release.version}/bin/${system}/${architecture}/${file}`,
      };
    case "kwok":
    case "kwokctl":
      return {
        ...plain,
        version: kwokVersion,
        url: `https://github.com/kubernetes-sigs/kwok/releases/download/v${kwokVersion}/${executableFile(`${name}-${system}-${architecture}`)}`,
      };
    case "metrics-server":
      return {
        ...plain,
        version: metricsServerVersion,
        url: `https://github.com/kubernetes-sigs/metrics-server/releases/download/v${metricsServerVersion}/${executableFile(`metrics-server-${system}-${architecture}`)}`,
      };
    case "cni-plugins":
      return {
        name,
        version: cniPluginsVersion,
        url: `https://github.com/containernetworking/plugins/releases/download/v${cniPluginsVersion}/cni-plugins-${system}-${architecture}-v${cniPluginsVersion}.tgz`,
        executables: Object.fromEntries(cniPluginNames.map((plugin) => [plugin, plugin])),
      };
    case "coredns":
      return {
        ...plain,
        version: release.coreDnsVersion,
        url: `https://github.com/coredns/coredns/releases/download/v${release.coreDnsVersion}/coredns_${release.coreDnsVersion}_${system}_${architecture}.tgz`,
      };
    case "kube-router":
      return {
        ...plain,
        version: kubeRouterVersion,
        url: `https://github.com/cloudnativelabs/kube-router/releases/download/v${kubeRouterVersion}/kube-router_${kubeRouterVersion}_${system}_${architecture}.tar.gz`,
      };
    case "pause":
      return { ...plain, version: release.pauseVersion };
    case "agnhost":
      return { ...plain, version: release.agnhostVersion };
    case "metallb-controller":
    case "metallb-speaker":
      return { ...plain, version: metalLbVersion };
    case "local-path-provisioner":
      return { ...plain, version: localPathProvisionerVersion };
    case "traefik":
      return {
        ...plain,
        version: traefikVersion,
        url: `https://github.com/traefik/traefik/releases/download/v${traefikVersion}/traefik_v${traefikVersion}_${system}_${architecture}.tar.gz`,
      };
    case "gateway-kinds":
      return { ...plain, version: gatewayApiVersion };
    case "host-exec":
    case "local-path-helper":
    case "kubelet-csr-approver":
      return { ...plain, version: packageVersion() };
  }
}

function formatOf(url: string): Download["format"] {
  const path = new URL(url).pathname;
  if (path.endsWith(".tar.gz") || path.endsWith(".tgz")) return "tar.gz";
  return path.endsWith(".zip") ? "zip" : "raw";
}

type Mirror = Partial<Record<DownloadName, Record<string, { readonly url: string; readonly sha256: string }>>>;

function readMirror(path: string): Mirror {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw mirrorError(downloadsVariable, path, messageOf(error));
  }
  const mirror: Mirror = {};
  for (const [name, files] of entriesOf(value, downloadsVariable)) {
    if (!isDownloadName(name)) throw mirrorError(name, name, `is none of ${downloadNames.join(", ")}`);
    const checked: Record<string, { url: string; sha256: string }> = {};
    for (const [platform, file] of entriesOf(files, name)) {
      const at = `${name}.${platform}`;
      const { url, sha256 } = Object.fromEntries(entriesOf(file, at));
      if (typeof url !== "string" || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
        throw mirrorError(`${at}.url`, url, "is not an http or https address");
      }
      if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) {
        throw mirrorError(`${at}.sha256`, sha256, "is not a SHA-256 digest in 64 lower-case hexadecimal digits");
      }
      checked[platform] = { url, sha256 };
    }
    mirror[name] = checked;
  }
  return mirror;
}

function entriesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw mirrorError(path, value, "is not an object");
}

function mirrorError(path: string, value: unknown, why: string): ToolchainError {
  return new ToolchainError([
    {
      code: "toolchain/downloads-file",
      path: path === downloadsVariable ? path : `${downloadsVariable}: ${path}`,
      value,
      why,
      fix: `write {"etcd": {"linux/amd64": {"url": "…", "sha256": "…"}}} into the file that ${downloadsVariable} names, or set it to off`,
    },
  ]);
}

function isDownloadName(name: string): name is DownloadName {
  return downloadNames.some((known) => known === name);
}
