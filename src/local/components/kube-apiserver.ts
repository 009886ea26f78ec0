import { renderEncryptionConfiguration } from "../encryption.js";
import { loopback } from "../layout.js";
import { users } from "../pki.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

/** Source: kubeadm's control-plane manifests, reduced to one instance on loopback. */
export function renderKubeApiserver(context: RenderContext): ProcessPlan {
  const { layout, spec, ports, binaries } = context;
  const [certificate, key] = pair(layout, "kube-apiserver");
  const [etcdCertificate, etcdKey] = pair(layout, "etcd-client");
  const [kubeletCertificate, kubeletKey] = pair(layout, "kube-apiserver-kubelet-client");
  const [proxyCertificate, proxyKey] = pair(layout, "front-proxy-client");
  const [tokenVerifier, tokenSigner] = pair(layout, "service-accounts");
  const auditPolicy = layout.configFile("audit-policy.yaml");
  const encryption = layout.configFile("encryption.yaml");
  const encryptionKey = layout.key("secrets-encryption");
  const audit = spec.auditLogs
    ? [
        `--audit-policy-file=${auditPolicy}`,
        `--audit-log-path=${layout.auditLog}`,
        "--audit-log-maxsize=64",
        "--audit-log-maxbackup=3",
      ]
    : [];
  return {
    name: "kube-apiserver",
    executable: binaries["kube-apiserver"],
    arguments: [
      `--bind-address=${loopback}`,
      `--secure-port=${ports["kube-apiserver"]}`,
      // The endpoint of the `kubernetes` Service may not be a loopback address, and
      // no simulated pod ever connects to it: so there is none.
      `--advertise-address=${loopback}`,
      "--endpoint-reconciler-type=none",
      `--etcd-servers=https://${loopback}:${ports.etcd}`,
      `--etcd-cafile=${layout.certificate("etcd-ca")}`,
      `--etcd-certfile=${etcdCertificate}`,
      `--etcd-keyfile=${etcdKey}`,
      `--tls-cert-file=${certificate}`,
      `--tls-private-key-file=${key}`,
      `--client-ca-file=${layout.certificate("ca")}`,
      "--anonymous-auth=false",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--profiling=false",
      // With etcd dead, a request waits this long for nothing. A minute, the default, is for larger clusters.
      "--request-timeout=15s",
      `--service-cluster-ip-range=${spec.serviceCidr}`,
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${tokenVerifier}`,
      `--service-account-signing-key-file=${tokenSigner}`,
      `--kubelet-certificate-authority=${layout.certificate("ca")}`,
      `--kubelet-client-certificate=${kubeletCertificate}`,
      `--kubelet-client-key=${kubeletKey}`,
      "--kubelet-preferred-address-types=InternalIP",
      `--proxy-client-cert-file=${proxyCertificate}`,
      `--proxy-client-key-file=${proxyKey}`,
      `--requestheader-client-ca-file=${layout.certificate("front-proxy-ca")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      // Always given, so that Secrets stay readable after encryption is switched off.
      `--encryption-provider-config=${encryption}`,
      ...audit,
    ],
    // Collecting garbage half as often takes 0.5 s of CPU off a start, for some 40 MB.
    environment: { GOGC: "200" },
    files: {
      ...(spec.auditLogs ? { [auditPolicy]: renderAuditPolicy() } : {}),
      [encryption]: renderEncryptionConfiguration(spec.secretsEncryption, context.encryptionKey),
    },
    reads: [
      certificate,
      key,
      etcdCertificate,
      etcdKey,
      kubeletCertificate,
      kubeletKey,
      proxyCertificate,
      proxyKey,
      tokenVerifier,
      tokenSigner,
      encryptionKey,
      ...["ca", "etcd-ca", "front-proxy-ca"].map((name) => layout.certificate(name)),
    ],
  };
}

/** Who did what to which object; never a body, so no Secret can get into the log. */
function renderAuditPolicy(): string {
  const componentUsers = [
    users["kube-controller-manager"],
    users["kube-scheduler"],
    users.kwok,
    users["metrics-server"],
  ];
  return JSON.stringify(
    {
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      omitStages: ["RequestReceived"],
      rules: [
        // The control plane's own reading and heartbeats would drown everything else.
        { level: "None", users: componentUsers, verbs: ["get", "list", "watch"] },
        { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
        { level: "Metadata" },
      ],
    },
    undefined,
    2,
  );
}
