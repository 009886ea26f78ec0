import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { around, type BadOnpremCase, block } from "./case.js";

const here = fileURLToPath(import.meta.url);

const digest = "a".repeat(64);
const digests = { kubelet: digest, kubeadm: digest, kubectl: digest };

export const otherCases: readonly BadOnpremCase[] = [
  block(
    "a bundle that is not there",
    { artifacts: { bundle: "/nowhere/bundle" } },
    {
      code: "onprem/no-such-file",
      path: "onprem.artifacts.bundle",
      value: "/nowhere/bundle",
      fix: /name a folder/,
    },
  ),
  block(
    "a bundle that is a file",
    { artifacts: { bundle: here } },
    {
      code: "onprem/wrong-kind-of-file",
      path: "onprem.artifacts.bundle",
      value: here,
      fix: /name a folder/,
    },
  ),
  block(
    "a bundle and a mirror",
    { artifacts: { bundle: dirname(here), images: "registry.example.com" } },
    {
      code: "onprem/bundle-and-place",
      path: "onprem.artifacts.images",
      value: "registry.example.com",
      fix: /leave bundle out/,
    },
  ),
  block(
    "a key without a bundle",
    { artifacts: { publicKeyFile: here } },
    {
      code: "onprem/unused-key",
      path: "onprem.artifacts.publicKeyFile",
      value: here,
      fix: /add bundle/,
    },
  ),
  block(
    "a registry with a scheme",
    { artifacts: { images: "https://registry.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.images",
      value: "https://registry.example.com",
      fix: /registry\.example\.com/,
    },
  ),
  block(
    "binaries from somewhere",
    { artifacts: { binaries: "mirror.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.binaries",
      value: "mirror.example.com",
      fix: /https:\/\//,
    },
  ),
  block(
    "binaries without TLS, which nobody vouches for",
    { artifacts: { binaries: "http://mirror.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.binaries",
      value: "http://mirror.example.com",
      fix: /use https, or write the digests/,
    },
  ),
  block(
    "binaries with a password",
    { artifacts: { binaries: "https://user:secret@mirror.example.com" } },
    {
      code: "onprem/artifact-place",
      path: "onprem.artifacts.binaries",
      fix: /https:\/\/mirror\.example\.com/,
    },
  ),
  block(
    "digests beside a bundle",
    { artifacts: { bundle: dirname(here), digests: { amd64: digests } } },
    {
      code: "onprem/unused-digests",
      path: "onprem.artifacts.digests",
      fix: /leave it out/,
    },
  ),
  block(
    "no digest at all",
    { artifacts: { digests: {} } },
    {
      code: "onprem/no-digests",
      path: "onprem.artifacts.digests",
      fix: /amd64 or arm64/,
    },
  ),
  block(
    "a digest that is none",
    { artifacts: { digests: { arm64: { ...digests, kubelet: "sha256:abc" } } } },
    {
      code: "onprem/digest",
      path: "onprem.artifacts.digests.arm64.kubelet",
      value: "sha256:abc",
      fix: /sha256sum/,
    },
  ),
  block(
    "volumes among the host's own files",
    { storage: { path: "/etc/volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.path",
      value: "/etc/volumes",
      fix: /of its own/,
    },
  ),
  block(
    "volumes in a relative folder",
    { storage: { fastPath: "volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.fastPath",
      value: "volumes",
      fix: /of its own/,
    },
  ),
  block(
    "volumes at the root",
    { storage: { path: "/volumes" } },
    {
      code: "onprem/storage-path",
      path: "onprem.storage.path",
      value: "/volumes",
      fix: /of its own/,
    },
  ),
  block(
    "a kubelet field that isokube writes",
    { hostSettings: { kubelet: { cgroupDriver: "cgroupfs" } } },
    {
      code: "onprem/own-field",
      path: "onprem.hostSettings.kubelet.cgroupDriver",
      fix: /hostSettings\.cgroupDriver/,
    },
  ),
  block(
    "another network plugin",
    { cni: "flannel" },
    {
      code: "shape/unknown-choice",
      path: "onprem.cni",
      value: "flannel",
      fix: /kube-router/,
    },
  ),
  block(
    "no worker that may be missing",
    { maxUnavailable: 0 },
    {
      code: "shape/out-of-range",
      path: "onprem.maxUnavailable",
      value: 0,
      fix: /from 1/,
    },
  ),
  around(
    "a cluster that shall be replaced on the hosts that hold it",
    { replaceCluster: "shop" },
    {
      code: "onprem/replacement",
      path: "replaceCluster",
      value: "shop",
      fix: /pulumi destroy/,
    },
  ),
  around(
    "a minor without binaries",
    { kubernetesVersion: "1.30" },
    {
      code: "version/not-offered",
      path: "kubernetesVersion",
      value: "1.30",
      fix: /1\.35, 1\.36/,
    },
  ),
  around(
    "a key that no host has",
    { controlPlane: { encryptionKey: "alias/shop" } },
    {
      code: "onprem/encryption-key",
      path: "controlPlane.encryptionKey",
      value: "alias/shop",
      fix: /secretsEncryption: true/,
    },
  ),
  around(
    "a firewall that isokube does not manage",
    { controlPlane: { allowedCidrs: ["203.0.113.0/24"] } },
    {
      code: "capability/unsupported",
      path: "controlPlane.allowedCidrs",
      value: ["203.0.113.0/24"],
      fix: /your firewall/,
    },
  ),
  around(
    "one of Kubernetes' own groups as administrators",
    { access: { admins: ["group:system:masters"] } },
    {
      code: "onprem/admin-reserved",
      path: "access.admins[0]",
      value: "group:system:masters",
      fix: /as its certificate names it/,
    },
  ),
];
