import { apiPort } from "../endpoint.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";
import { yamlDocument } from "../yaml-document.js";
import { renderClusterConfiguration } from "./cluster-configuration.js";
import { type KubeProxyMode, renderKubeProxyConfiguration } from "./kube-proxy.js";
import { renderKubeletConfiguration } from "./kubelet.js";
import { renderNodeRegistration } from "./node-registration.js";

const apiVersion = "kubeadm.k8s.io/v1beta4";

/** Long enough for a slow disk, short enough to be told of a failure while one looks on. */
const timeouts = { controlPlaneComponentHealthCheck: "4m0s", kubeletHealthCheck: "2m0s", tlsBootstrap: "3m0s" };

export interface InitDocuments {
  readonly spec: OnpremClusterSpec;
  /** The control plane that makes the cluster. */
  readonly node: NodeSpec;
  readonly kubeProxyMode: KubeProxyMode;
  /** Names of kubeadm's checks whose failure is accepted. @default [] */
  readonly ignorePreflightErrors?: readonly string[];
}

/**
 * The file of `kubeadm init --config`. It holds no secret; run it with
 * `--skip-token-print`, or the token that kubeadm makes lands in the output.
 */
export function renderInit(documents: InitDocuments): string {
  const { spec, node, kubeProxyMode, ignorePreflightErrors = [] } = documents;
  return multiDocument([
    {
      apiVersion,
      kind: "InitConfiguration",
      // kubeadm insists on one token. Nobody learns this one, and it ends by itself.
      bootstrapTokens: [
        {
          ttl: "5m0s",
          usages: ["signing", "authentication"],
          groups: ["system:bootstrappers:kubeadm:default-node-token"],
        },
      ],
      localAPIEndpoint: { advertiseAddress: node.host.address, bindPort: apiPort },
      nodeRegistration: renderNodeRegistration(node, ignorePreflightErrors),
      timeouts,
    },
    ...renderStoredDocuments({ spec, kubeProxyMode }),
  ]);
}

/** What `kubeadm init` stores in the cluster, one document a kind: to compare with what is stored later. */
export function renderStoredDocuments({
  spec,
  kubeProxyMode,
}: Pick<InitDocuments, "spec" | "kubeProxyMode">): Record<string, unknown>[] {
  return [
    renderClusterConfiguration(spec),
    renderKubeletConfiguration(spec),
    renderKubeProxyConfiguration(spec, kubeProxyMode),
  ];
}

export interface JoinDocuments {
  readonly node: NodeSpec;
  /** `host:port` of the API server to join through: the endpoint, or one healthy control plane. */
  readonly through: string;
  /** Bootstrap token, made right before: the file is a secret, 0600, and removed after the join. */
  readonly token: string;
  /** SHA-256 of the cluster authority's public key, with or without `sha256:`. */
  readonly caHash: string;
  /** Names of kubeadm's checks whose failure is accepted. @default [] */
  readonly ignorePreflightErrors?: readonly string[];
}

/**
 * The file of `kubeadm join --config`, for both roles. There is no certificate
 * key: a control plane's PKI is on the host before it joins.
 */
export function renderJoin({ node, through, token, caHash, ignorePreflightErrors = [] }: JoinDocuments): string {
  return multiDocument([
    {
      apiVersion,
      kind: "JoinConfiguration",
      discovery: {
        bootstrapToken: {
          token,
          apiServerEndpoint: through,
          caCertHashes: [caHash.startsWith("sha256:") ? caHash : `sha256:${caHash}`],
        },
      },
      ...(node.role === "controlPlane"
        ? { controlPlane: { localAPIEndpoint: { advertiseAddress: node.host.address, bindPort: apiPort } } }
        : {}),
      nodeRegistration: renderNodeRegistration(node, ignorePreflightErrors),
      timeouts,
    },
  ]);
}

function multiDocument(documents: readonly Record<string, unknown>[]): string {
  return documents.map((document) => yamlDocument(document)).join("---\n");
}
