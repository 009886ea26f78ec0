import type { Remote } from "../remote.js";

/**
 * What every control plane of a cluster must share. It travels from a healthy
 * one to the next over SSH, in memory: none of it is ever written on this side.
 * Source: kubeadm, "Manual certificate distribution".
 */
const shared = [
  "/etc/kubernetes/pki/ca.crt",
  "/etc/kubernetes/pki/ca.key",
  "/etc/kubernetes/pki/sa.key",
  "/etc/kubernetes/pki/sa.pub",
  "/etc/kubernetes/pki/front-proxy-ca.crt",
  "/etc/kubernetes/pki/front-proxy-ca.key",
  "/etc/kubernetes/pki/etcd/ca.crt",
  "/etc/kubernetes/pki/etcd/ca.key",
];

/** Copies the cluster's authorities, and `more` files such as the key for secrets, to a host that is about to join. */
export async function copyAuthorities(from: Remote, to: Remote, more: readonly string[]): Promise<void> {
  await Promise.all(
    [...shared, ...more].map(async (path) => {
      const content = await from.readFile(path);
      if (content === undefined) throw new Error(`${from.name} has no ${path}, so ${to.name} cannot join through it`);
      await to.writeFile({ path, content, mode: path.endsWith(".crt") || path.endsWith(".pub") ? 0o644 : 0o600 });
    }),
  );
}
