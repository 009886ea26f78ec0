import { endOfValidity, readCertificate } from "../facts/certificates.js";
import type { HostFacts } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";

/** A certificate that ends sooner is renewed. kubeadm's last a year; kubelets renew theirs more than 30 days before the end. */
const renewedDaysBefore = 30;

const inPki = (name: string) => `${hostPaths.pki}/${name}.crt`;
const authorities = ["ca", "front-proxy-ca", "etcd/ca"].map(inPki);

/** What `kubeadm certs renew all` renews. */
const ofControlPlane = [
  ...[
    "apiserver",
    "apiserver-etcd-client",
    "apiserver-kubelet-client",
    "front-proxy-client",
    "etcd/server",
    "etcd/peer",
    "etcd/healthcheck-client",
  ].map(inPki),
  hostPaths.adminKubeconfig,
  ...["super-admin", "controller-manager", "scheduler"].map((name) => `${hostPaths.kubernetes}/${name}.conf`),
];

const ofKubelet = ["client", "server"].map((use) => `/var/lib/kubelet/pki/kubelet-${use}-current.pem`);

/** By which a kubelet is known to the API server. */
export const kubeletClientCertificate = ofKubelet[0] as string;

/** Which of the control plane's certificates end soon, and when, as a clause; undefined when none does. */
export function controlPlaneCertificatesDue(facts: HostFacts): string | undefined {
  return due(facts, ofControlPlane);
}

/** The same of the kubelet's own, which it has failed to renew. */
export function kubeletCertificatesDue(facts: HostFacts): string | undefined {
  return due(facts, ofKubelet);
}

/** Whether one has ended, so that parts of the control plane no longer trust each other. */
export function controlPlaneCertificatesEnded({ certificates, time }: HostFacts): boolean {
  return ofControlPlane.some((path) => (certificates[path] ?? Number.POSITIVE_INFINITY) <= time);
}

/** With a certificate that has ended, the API server takes the kubelet for nobody. */
export function kubeletIsLockedOut({ certificates, time }: HostFacts): boolean {
  const end = certificates[kubeletClientCertificate];
  return end !== undefined && end <= time;
}

function due({ certificates, time }: HostFacts, paths: readonly string[]): string | undefined {
  const lastEnd = Math.min(...authorities.flatMap((path) => certificates[path] ?? []));
  const found = paths.flatMap((path) => {
    const end = certificates[path];
    if (end === undefined || !endsSoon(end, time, lastEnd)) return [];
    const day = new Date(end * 1000).toISOString().slice(0, 10);
    return [`${nameOf(path)} ${end <= time ? "ended" : "ends"} on ${day}`];
  });
  return found.length === 0 ? undefined : found.join(", ");
}

/** None can last longer than the authority that signed it: renewing one that ends with it would change nothing. */
function endsSoon(end: number, time: number, endOfAuthority: number): boolean {
  return end <= time + renewedDaysBefore * 86_400 && end < endOfAuthority;
}

/**
 * Whether the client certificate inside a kubeconfig ends soon.
 *
 * @param time in seconds since 1970
 */
export function kubeconfigIsDue(kubeconfig: string, time: number): boolean {
  const [end, endOfAuthority] = ["client-certificate-data", "certificate-authority-data"].map((field) => {
    const data = new RegExp(`"?${field}"?: *"?([A-Za-z0-9+/=]+)`).exec(kubeconfig)?.[1];
    const certificate =
      data === undefined ? undefined : readCertificate(Buffer.from(data, "base64").toString("latin1"));
    return certificate === undefined ? undefined : endOfValidity(certificate);
  });
  return end !== undefined && endsSoon(end, time, endOfAuthority ?? Number.POSITIVE_INFINITY);
}

/** As `kubeadm certs` calls it, nearly: `apiserver`, `etcd/peer`, `admin.conf`, `kubelet-client`. */
function nameOf(path: string): string {
  const name = path.startsWith(`${hostPaths.pki}/`) ? path.slice(hostPaths.pki.length + 1) : path.replace(/^.*\//, "");
  return name.replace(/(-current\.pem|\.crt)$/, "");
}
