import { hostPaths } from "../host/host-paths.js";
import type { Remote } from "../remote.js";

/**
 * What every control plane of a cluster must share. It travels from a healthy
 * one to the next over SSH, in memory: none of it is ever written on this side.
 * Source: kubeadm, "Manual certificate distribution".
 */
const shared = [
  "ca.crt",
  "ca.key",
  "sa.key",
  "sa.pub",
  "front-proxy-ca.crt",
  "front-proxy-ca.key",
  "etcd/ca.crt",
  "etcd/ca.key",
].map((name) => `${hostPaths.pki}/${name}`);

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
