import { firstServiceAddress } from "./address-ranges.js";
import {
  type CertificateRequest,
  issueAuthority,
  issueCertificate,
  issueSigningKey,
  isUsableAuthority,
  isUsableCertificate,
  type KeyPair,
} from "./certificates.js";
import { completeRecord } from "./complete-record.js";
import { readIfPresent, writeFileAtomic } from "./files.js";
import { type Layout, loopback } from "./layout.js";
import type { LocalClusterSpec } from "./spec.js";

/**
 * Three authorities, as kubeadm has them: whoever gets a certificate from the
 * cluster's authority (a user through a signing request) can neither read etcd
 * nor speak as the API server's aggregator.
 */
const authorityNames = ["ca", "etcd-ca", "front-proxy-ca"] as const;

type Authority = (typeof authorityNames)[number];

const authorities: Readonly<Record<Authority, string>> = {
  ca: "isokube-ca",
  "etcd-ca": "isokube-etcd-ca",
  "front-proxy-ca": "isokube-front-proxy-ca",
};

interface Leaf extends CertificateRequest {
  readonly authority: Authority;
}

const local = ["localhost", loopback];

function client(commonName: string, organization?: string): Leaf {
  return {
    authority: "ca",
    commonName,
    usages: ["client"],
    names: [],
    ...(organization === undefined ? {} : { organization }),
  };
}

function server(commonName: string, names: readonly string[] = []): Leaf {
  return { authority: "ca", commonName, usages: ["server"], names: [...local, ...names] };
}

/** User name under which each component speaks to the API server. */
export const users = {
  admin: "isokube:admin",
  "kube-controller-manager": "system:kube-controller-manager",
  "kube-scheduler": "system:kube-scheduler",
  kwok: "isokube:kwok",
  "simulated-kubelet": "isokube:simulated-kubelet",
  "metrics-server": "isokube:metrics-server",
  "kube-apiserver-kubelet-client": "isokube:kube-apiserver",
} as const;

export type Identity = keyof typeof users;

/** Every certificate of a cluster by file name. */
export function certificateRequests(serviceCidr: string): Readonly<Record<string, Leaf>> {
  const kubernetes = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return {
    etcd: { authority: "etcd-ca", commonName: "etcd", usages: ["server", "client"], names: local },
    "etcd-client": { authority: "etcd-ca", commonName: "kube-apiserver", usages: ["client"], names: [] },
    "kube-apiserver": server("kube-apiserver", [...kubernetes, firstServiceAddress(serviceCidr)]),
    "kube-apiserver-kubelet-client": client(users["kube-apiserver-kubelet-client"]),
    "front-proxy-client": {
      authority: "front-proxy-ca",
      commonName: "front-proxy-client",
      usages: ["client"],
      names: [],
    },
    "kube-controller-manager": client(users["kube-controller-manager"]),
    "kube-controller-manager-serving": server("kube-controller-manager"),
    "kube-scheduler": client(users["kube-scheduler"]),
    "kube-scheduler-serving": server("kube-scheduler"),
    kwok: client(users.kwok),
    "simulated-kubelet": client(users["simulated-kubelet"]),
    "simulated-kubelet-serving": server("simulated-kubelet"),
    "metrics-server": client(users["metrics-server"]),
    "metrics-server-serving": server("metrics-server", ["metrics-server.kube-system.svc"]),
    admin: client(users.admin, "system:masters"),
  };
}

function readPair(layout: Layout, name: string): KeyPair | undefined {
  const certificate = readIfPresent(layout.certificate(name));
  const key = readIfPresent(layout.key(name));
  if (certificate === undefined || key === undefined) return undefined;
  return { certificate: certificate.toString(), key: key.toString() };
}

/** Killed in between, it leaves a key that does not fit its certificate, which is seen and made anew. */
function writePair(layout: Layout, name: string, pair: KeyPair): KeyPair {
  writeFileAtomic(layout.key(name), pair.key);
  writeFileAtomic(layout.certificate(name), pair.certificate);
  return pair;
}

function ensureAuthority(layout: Layout, name: Authority): KeyPair {
  const present = readPair(layout, name);
  if (present !== undefined && isUsableAuthority(present)) return present;
  return writePair(layout, name, issueAuthority(authorities[name]));
}

function ensureSigningKey(layout: Layout): void {
  const [verifier, signer] = [layout.certificate("service-accounts"), layout.key("service-accounts")];
  if (readIfPresent(verifier) !== undefined && readIfPresent(signer) !== undefined) return;
  const { privateKey, publicKey } = issueSigningKey();
  writeFileAtomic(signer, privateKey);
  writeFileAtomic(verifier, publicKey);
}

/** Makes what is missing, damaged or near its end; leaves the rest alone. */
export function ensurePki(layout: Layout, spec: Pick<LocalClusterSpec, "serviceCidr">): void {
  const signers = completeRecord(authorityNames, (name) => ensureAuthority(layout, name));
  ensureSigningKey(layout);
  for (const [name, request] of Object.entries(certificateRequests(spec.serviceCidr))) {
    const signer = signers[request.authority];
    const present = readPair(layout, name);
    if (present !== undefined && isUsableCertificate(present, signer, request)) continue;
    writePair(layout, name, issueCertificate(signer, request));
  }
}
