import { packageVersion } from "./package.js";

/**
 * The images of what isokube itself runs inside a cluster on bare metal, by the
 * names under which nodes know them. Versions are those that the toolchain
 * builds for a bundle.
 */
export const addonImages = {
  kubeRouter: "docker.io/cloudnativelabs/kube-router:v2.6.3",
  metricsServer: "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
  metallbController: "quay.io/metallb/controller:v0.15.2",
  metallbSpeaker: "quay.io/metallb/speaker:v0.15.2",
  localPathProvisioner: "docker.io/rancher/local-path-provisioner:v0.0.30",
  csrApprover: "ghcr.io/postfinance/kubelet-csr-approver:v1.2.12",
} as const;

/**
 * What is in a bundle in place of images that nothing but a registry has: an
 * approver of our own, and Traefik for gateways where Envoy cannot be built.
 */
export const bundledImages = {
  csrApprover: `isokube.dev/kubelet-csr-approver:${packageVersion()}`,
  gateway: "isokube.dev/traefik:v3.6.12",
} as const;
