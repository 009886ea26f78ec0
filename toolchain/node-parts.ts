import { type cniPluginNames, cniPluginsVersion } from "../src/core/cni-plugins.js";
import { packageVersion } from "../src/core/package.js";
import type { BuildName, DownloadName, PartName } from "./names.js";
import type { Part } from "./part.js";
import {
  gatewayApiVersion,
  type KubernetesRelease,
  kubeRouterVersion,
  localPathProvisionerVersion,
  metalLbVersion,
  traefikVersion,
} from "./versions.js";

/** Parts that a host of a cluster runs, outside of containers or in them. They are got only for a bundle. */
export type NodePartName =
  | (typeof cniPluginNames)[number]
  | "kubelet"
  | "kubeadm"
  | "kube-proxy"
  | "etcd-server"
  | "pause"
  | "coredns"
  | "kube-router"
  | "host-exec"
  | "metallb-controller"
  | "metallb-speaker"
  | "local-path-provisioner"
  | "local-path-helper"
  | "kubelet-csr-approver"
  | "traefik"
  | "gateway-kinds"
  | "agnhost";

export function nodePartsFor(release: KubernetesRelease): Readonly<Record<NodePartName, Part>> {
  const { version } = release;
  const own = packageVersion();
  const node = (name: "kubelet" | "kubeadm", purpose: string) =>
    part(name, version, purpose, { download: name, build: "kubernetes-node" });
  const plugin = (name: (typeof cniPluginNames)[number], purpose: string) =>
    part(name, cniPluginsVersion, purpose, { download: "cni-plugins", build: name });
  return {
    kubelet: node("kubelet", "runs a host's pods"),
    kubeadm: node("kubeadm", "makes hosts a cluster"),
    "kube-proxy": ofItsName("kube-proxy", version, "the addresses of Services on a host"),
    "etcd-server": ofItsName("etcd-server", release.kubeadmEtcdVersion, "etcd, at the version that kubeadm asks for"),
    pause: ofItsName("pause", release.pauseVersion, "holds a pod's namespaces"),
    coredns: ofItsName("coredns", release.coreDnsVersion, "the names of Services"),
    "kube-router": ofItsName("kube-router", kubeRouterVersion, "pod network and NetworkPolicy"),
    bridge: plugin("bridge", "CNI: connects a pod to its host's bridge"),
    "host-local": plugin("host-local", "CNI: addresses of pods"),
    loopback: plugin("loopback", "CNI: a pod's lo"),
    portmap: plugin("portmap", "CNI: ports of the host"),
    "host-exec": ofItsName("host-exec", own, "runs the host's nft, iptables and ipset from a pod"),
    "metallb-controller": ofItsName("metallb-controller", metalLbVersion, "gives Services addresses"),
    "metallb-speaker": ofItsName("metallb-speaker", metalLbVersion, "announces those addresses"),
    "local-path-provisioner": ofItsName(
      "local-path-provisioner",
      localPathProvisionerVersion,
      "volumes on a host's disk",
    ),
    "local-path-helper": ofItsName("local-path-helper", own, "makes and removes a volume's folder"),
    "kubelet-csr-approver": ofItsName("kubelet-csr-approver", own, "approves kubelets' certificates"),
    traefik: ofItsName("traefik", traefikVersion, "serves gateways and their routes"),
    "gateway-kinds": ofItsName(
      "gateway-kinds",
      gatewayApiVersion,
      "brings the kinds of the Gateway API into a cluster",
    ),
    agnhost: ofItsName("agnhost", release.agnhostVersion, "the tests' server and client in pods"),
  };
}

/** A part whose download and build have its own name. */
function ofItsName(name: PartName & DownloadName & BuildName, version: string, purpose: string): Part {
  return part(name, version, purpose, { download: name, build: name });
}

function part(name: PartName, version: string, purpose: string, ways: Pick<Part, "download" | "build">): Part {
  return { name, version, purpose, probe: { kind: "never" }, ...ways };
}
