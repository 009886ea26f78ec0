import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFile } from "../../../src/onprem/artifacts/bundle.js";

const images = [
  ["control-plane", ["kube-apiserver", "kube-controller-manager", "kube-scheduler"], "v1.35.3"],
  ["control-plane", ["etcd"], "3.6.6-0"],
  ["node", ["kube-proxy"], "v1.35.3"],
  ["node", ["pause"], "3.10.1"],
] as const;

/** The list of a bundle whose files nobody will read: hosts that are members have them already. */
export function writeBundleList(directory: string, kubernetesVersion: string): void {
  const sha256 = (digit: number) => digit.toString(16).repeat(64);
  const file = (path: string, kind: string, digit: number, links?: readonly string[]) => ({
    path,
    sha256: sha256(digit),
    bytes: 1_000_000,
    kind,
    version: kubernetesVersion,
    ...(links === undefined ? {} : { links }),
  });
  const list = {
    formatVersion: 1,
    kubernetesVersion,
    platform: "linux-amd64",
    createdWith: "a test",
    files: [
      file("bin/kubernetes-node", "binary", 1, ["kubelet", "kubeadm", "kubectl"]),
      ...["bridge", "host-local", "loopback", "portmap"].map((name, at) => file(`cni/${name}`, "cni-plugin", 2 + at)),
      file("images/control-plane.tar", "images", 6),
      file("images/node.tar", "images", 7),
    ],
    images: images.flatMap(([archive, names, tag]) =>
      names.map((name) => ({
        name: `registry.k8s.io/${name}:${tag}`,
        file: `images/${archive}.tar`,
        digest: `sha256:${sha256(8)}`,
      })),
    ),
    packages: [],
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, bundleFile), JSON.stringify(list));
}
