import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { KubernetesObject } from "../../src/providers/contract.js";
import { LiveCluster as Kubectl } from "../contract/live-cluster.js";

/** What a program of ours is started with to act as its service account, outside of any pod. */
export interface InClusterAccount {
  readonly kubectl: Kubectl;
  readonly args: readonly string[];
}

/** Makes an add-on's objects in a live cluster, but for what runs, and a token of its account in files of `directory`. */
export async function inClusterAccount(
  kubeconfig: string,
  directory: string,
  objects: readonly KubernetesObject[],
): Promise<InClusterAccount> {
  const file = join(directory, "kubeconfig");
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const kubectl = await Kubectl.open(file);
  const { cluster } = parse(kubeconfig).clusters[0];
  const [authority, token] = [join(directory, "ca.crt"), join(directory, "token")];
  await writeFile(authority, Buffer.from(cluster["certificate-authority-data"], "base64"));
  for (const object of objects.filter(({ kind }) => kind !== "Deployment")) await kubectl.apply(object);
  const account = objects.find(({ kind }) => kind === "ServiceAccount")?.metadata;
  if (account?.namespace === undefined) throw new Error("the add-on has no account");
  const issued = await kubectl.kubectl(["create", "token", account.name, "--namespace", account.namespace]);
  await writeFile(token, issued, { mode: 0o600 });
  return { kubectl, args: ["-server", cluster.server, "-certificate-authority", authority, "-token-file", token] };
}
