import { controlPlaneEndpoint, sharesPort } from "../endpoint.js";
import { hostPaths } from "../host/host-paths.js";
import type { EndpointSpec, OnpremClusterSpec } from "../spec.js";
import { type Argument, toArguments } from "./arguments.js";

interface HostPathMount {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly pathType: "File" | "DirectoryOrCreate";
}

/** URL that tokens of service accounts are issued under; clouds and other verifiers find the keys there. */
export function serviceAccountIssuer(endpoint: EndpointSpec): string {
  return `https://${controlPlaneEndpoint(endpoint)}`;
}

function mount(name: string, path: string, pathType: HostPathMount["pathType"], readOnly: boolean): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly, pathType };
}

function apiServer(spec: OnpremClusterSpec): { extraArgs: Argument[]; extraVolumes: HostPathMount[] } {
  const issuer = serviceAccountIssuer(spec.endpoint);
  const { auditLogs, secretsEncryption } = spec;
  return {
    extraArgs: toArguments({
      "service-account-issuer": issuer,
      "service-account-jwks-uri": `${issuer}/openid/v1/jwks`,
      // Every kubelet serves with a certificate of the cluster's authority (serverTLSBootstrap).
      "kubelet-certificate-authority": hostPaths.clusterAuthority,
      profiling: false,
      // Beside it, on the virtual address, listens the load balancer.
      ...(sharesPort(spec.endpoint) ? { "permit-port-sharing": true } : {}),
      ...(auditLogs
        ? {
            "audit-policy-file": hostPaths.auditPolicy,
            "audit-log-path": `${hostPaths.auditLogs}/audit.log`,
            "audit-log-maxage": 30,
            "audit-log-maxbackup": 10,
            "audit-log-maxsize": 100,
          }
        : {}),
      ...(secretsEncryption ? { "encryption-provider-config": hostPaths.encryption } : {}),
    }),
    extraVolumes: [
      ...(auditLogs
        ? [
            mount("audit-policy", hostPaths.auditPolicy, "File", true),
            mount("audit-logs", hostPaths.auditLogs, "DirectoryOrCreate", false),
          ]
        : []),
      ...(secretsEncryption ? [mount("encryption", hostPaths.encryption, "File", true)] : []),
    ],
  };
}

/** Names and addresses that an API server's certificate holds beside those that kubeadm adds for its own host. */
function certificateNames(endpoint: EndpointSpec): string[] {
  // Loopback: for a tunnel to one control plane when the endpoint is down.
  return [endpoint.kind === "external" ? endpoint.host : endpoint.address, "127.0.0.1"];
}

/** kubeadm's description of the cluster; it is stored in the cluster, where joining control planes read it. */
export function renderClusterConfiguration(spec: OnpremClusterSpec): Record<string, unknown> {
  const server = apiServer(spec);
  return {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    clusterName: spec.name,
    kubernetesVersion: `v${spec.kubernetesVersion}`,
    controlPlaneEndpoint: controlPlaneEndpoint(spec.endpoint),
    networking: { podSubnet: spec.podCidr, serviceSubnet: spec.serviceCidr, dnsDomain: "cluster.local" },
    apiServer: {
      certSANs: certificateNames(spec.endpoint),
      extraArgs: server.extraArgs,
      ...(server.extraVolumes.length === 0 ? {} : { extraVolumes: server.extraVolumes }),
    },
    controllerManager: {
      extraArgs: toArguments({ "bind-address": "127.0.0.1", "node-cidr-mask-size": 24, profiling: false }),
    },
    scheduler: { extraArgs: toArguments({ "bind-address": "127.0.0.1", profiling: false }) },
    etcd: {
      local: {
        dataDir: hostPaths.etcdData,
        extraArgs: toArguments({
          // The defaults (100 ms, 1 s) are for disks that sync in 10 ms. A slower one, or one that images are
          // being unpacked to, would lose the leader for nothing; a real failure is still found in under 3 s.
          "heartbeat-interval": 250,
          "election-timeout": 2500,
          // 2 GiB, the default, makes a cluster read-only once events and large ConfigMaps have piled up.
          "quota-backend-bytes": 8 * 2 ** 30,
        }),
      },
    },
  };
}
