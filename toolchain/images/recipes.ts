import { addonImages, bundledImages } from "../../src/core/addon-images.js";
import { packageVersion } from "../../src/core/package.js";
import type { PartName } from "../names.js";
import {
  type KubernetesRelease,
  kubeRouterVersion,
  localPathProvisionerVersion,
  metalLbVersion,
  metricsServerVersion,
  traefikVersion,
} from "../versions.js";
import type { ImageConfig } from "./oci-archive.js";

/** What an image is made of: parts of the toolchain and the way they are started. */
export interface ImageRecipe {
  /** As kubeadm, or the manifests of the add-on's own project, ask for it. */
  readonly name: string;
  /** Of the program in it, without a leading `v`. */
  readonly version: string;
  readonly programs: readonly ImageProgram[];
  readonly config: ImageConfig;
  /** Users, name resolution and `/tmp`, which nearly every program expects. */
  readonly base: boolean;
  /** Names under which the host's programs are found (see `host-exec`). */
  readonly hostPrograms?: readonly string[];
}

export interface ImageProgram {
  readonly part: PartName;
  /** Without a leading `/`. */
  readonly path: string;
  /** It may listen on ports below 1024 though it does not run as root. */
  readonly bindsLowPorts?: boolean;
}

/** Images in one file, which goes to a host as a whole. */
export interface ArchiveRecipe {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly version: string;
  readonly images: readonly ImageRecipe[];
}

/** What a cluster needs in any case. */
export function clusterArchives(release: KubernetesRelease): readonly ArchiveRecipe[] {
  const { version } = release;
  return [
    {
      name: "control-plane",
      version,
      images: [
        ...(["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const).map((part) =>
          image(`registry.k8s.io/${part}:v${version}`, version, [{ part, path: `usr/local/bin/${part}` }]),
        ),
        image(`registry.k8s.io/etcd:${release.kubeadmEtcdVersion}-0`, release.kubeadmEtcdVersion, [
          { part: "etcd-server", path: "usr/local/bin/etcd" },
        ]),
      ],
    },
    {
      name: "node",
      version,
      images: [
        {
          ...image(`registry.k8s.io/pause:${release.pauseVersion}`, release.pauseVersion, [
            { part: "pause", path: "pause" },
          ]),
          base: false,
          config: { Entrypoint: ["/pause"], User: "65535:65535", WorkingDir: "/" },
        },
        {
          ...image(`registry.k8s.io/kube-proxy:v${version}`, version, [
            { part: "kube-proxy", path: "usr/local/bin/kube-proxy" },
          ]),
          hostPrograms,
        },
        {
          ...image(`registry.k8s.io/coredns/coredns:v${release.coreDnsVersion}`, release.coreDnsVersion, [
            { part: "coredns", path: "coredns", bindsLowPorts: true },
          ]),
          config: { Entrypoint: ["/coredns"], User: "65532:65532", WorkingDir: "/" },
        },
        {
          ...image(addonImages.kubeRouter, kubeRouterVersion, [
            { part: "kube-router", path: "usr/local/bin/kube-router" },
          ]),
          hostPrograms,
        },
      ],
    },
  ];
}

export const addonNames = [
  "metrics-server",
  "kubelet-csr-approver",
  "metallb",
  "local-path-provisioner",
  "traefik",
  "agnhost",
] as const;
export type AddonName = (typeof addonNames)[number];

export function addonArchive(addon: AddonName, release: KubernetesRelease): ArchiveRecipe {
  switch (addon) {
    case "metrics-server": {
      const server = image(addonImages.metricsServer, metricsServerVersion, [
        { part: "metrics-server", path: "metrics-server" },
      ]);
      return {
        name: addon,
        version: metricsServerVersion,
        images: [{ ...server, config: { ...server.config, User: "65534:65534" } }],
      };
    }
    case "kubelet-csr-approver": {
      const version = packageVersion();
      const approver = image(bundledImages.csrApprover, version, [{ part: addon, path: "kubelet-csr-approver" }]);
      return { name: addon, version, images: [{ ...approver, config: { ...approver.config, User: "65532:65532" } }] };
    }
    case "metallb":
      return {
        name: addon,
        version: metalLbVersion,
        images: [
          image(addonImages.metallbController, metalLbVersion, [{ part: "metallb-controller", path: "controller" }]),
          image(addonImages.metallbSpeaker, metalLbVersion, [{ part: "metallb-speaker", path: "speaker" }]),
        ],
      };
    case "local-path-provisioner":
      return {
        name: addon,
        version: localPathProvisionerVersion,
        images: [
          image(addonImages.localPathProvisioner, localPathProvisionerVersion, [
            { part: "local-path-provisioner", path: "usr/bin/local-path-provisioner" },
            // In the same image, so that the pod that makes a volume's folder needs no second one.
            { part: "local-path-helper", path: "usr/bin/local-path-helper" },
          ]),
        ],
      };
    case "traefik": {
      const gateway = image(bundledImages.gateway, traefikVersion, [
        { part: "traefik", path: "usr/local/bin/traefik" },
        // In the same image: it runs once, before Traefik starts.
        { part: "gateway-kinds", path: "usr/local/bin/gateway-kinds" },
      ]);
      return {
        name: addon,
        version: traefikVersion,
        images: [{ ...gateway, config: { ...gateway.config, User: "65532:65532" } }],
      };
    }
    case "agnhost": {
      const name = `registry.k8s.io/e2e-test-images/agnhost:${release.agnhostVersion}`;
      const test = image(name, release.agnhostVersion, [{ part: "agnhost", path: "agnhost" }]);
      return {
        name: addon,
        version: release.agnhostVersion,
        images: [{ ...test, config: { ...test.config, Cmd: ["pause"] } }],
      };
    }
  }
}

/** The parts of these archives, each once. */
export function partsOf(archives: readonly ArchiveRecipe[]): readonly PartName[] {
  const images = archives.flatMap((archive) => archive.images);
  const hostExec: readonly PartName[] = images.some((recipe) => recipe.hostPrograms !== undefined) ? ["host-exec"] : [];
  return [...new Set([...images.flatMap(({ programs }) => programs.map(({ part }) => part)), ...hostExec])];
}

/**
 * What kube-proxy and kube-router start, and the shell that writes the
 * configuration of the pods' network before. One list, so that their images share the layer.
 */
const hostPrograms = [
  "conntrack",
  "ip",
  "ip6tables",
  "ip6tables-restore",
  "ip6tables-save",
  "ipset",
  "iptables",
  "iptables-restore",
  "iptables-save",
  "modprobe",
  "nft",
  "sh",
] as const;

/** An image whose entry is its first program, run as root. */
function image(name: string, version: string, programs: readonly [ImageProgram, ...ImageProgram[]]): ImageRecipe {
  return {
    name,
    version,
    programs,
    base: true,
    config: {
      Entrypoint: [`/${programs[0].path}`],
      WorkingDir: "/",
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    },
  };
}
