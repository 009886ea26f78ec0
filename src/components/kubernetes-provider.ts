import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../core/problems.js";
import type { ClusterRef } from "../providers/contract.js";

/** What one run of a program has made for the clusters that are plain data. */
interface Run {
  /** By kubeconfig: a text by its content, an Output by its identity. */
  readonly providers: Map<unknown, Provider>;
  /** Kubernetes objects that components of this run have named, by provider. */
  readonly claims: WeakMap<Provider, Map<string, string>>;
}

/** Keyed by the stack, because one process can run a program several times (automation API). */
const runs = new WeakMap<pulumi.Resource, Run>();

/** Without a stack (unit tests with mocks) there is only the reference itself to go by. */
const providersWithoutStack = new WeakMap<ClusterRef, Provider>();

function currentRun(): Run | undefined {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined) return undefined;
  const run = runs.get(stack) ?? { providers: new Map(), claims: new WeakMap() };
  runs.set(stack, run);
  return run;
}

function existingProvider(cluster: ClusterRef): Provider | undefined {
  return cluster.provider ?? currentRun()?.providers.get(cluster.kubeconfig) ?? providersWithoutStack.get(cluster);
}

/** By the target alone: an identity tells clusters apart, but only once it is known, and a name must be known now. */
function providerName(cluster: ClusterRef): string {
  return `isokube-${cluster.target}`;
}

/** What would go wrong in `kubernetesProvider`. */
export function checkKubernetesProvider(cluster: ClusterRef): Problem[] {
  const isSecond =
    existingProvider(cluster) === undefined && [...(currentRun()?.providers.values() ?? [])].some(isNamed(cluster));
  if (!isSecond) return [];
  return [
    {
      code: "cluster/second-reference",
      path: "cluster",
      why: `another cluster of target ${JSON.stringify(cluster.target)} is already given by its kubeconfig, and the two cannot be told apart by name`,
      fix: "when it is the same cluster, pass the same value everywhere; when it is another, add provider: new k8s.Provider(...)",
    },
  ];
}

const names = new WeakMap<Provider, string>();

function isNamed(cluster: ClusterRef): (provider: Provider) => boolean {
  return (provider) => names.get(provider) === providerName(cluster);
}

/**
 * The provider to deploy to the cluster through: its own, or one for all
 * components of a run that were given the same kubeconfig.
 */
export function kubernetesProvider(cluster: ClusterRef): Provider {
  const existing = existingProvider(cluster);
  if (existing !== undefined) return existing;
  const name = providerName(cluster);
  const provider = new Provider(name, {
    kubeconfig: pulumi.secret(cluster.kubeconfig),
    enableServerSideApply: true,
    // Otherwise a changed ConfigMap or Secret is deleted and made anew, and is missing meanwhile.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // New credentials, or a new address, are no new cluster.
    ...(cluster.identity === undefined ? {} : { clusterIdentifier: cluster.identity }),
  });
  names.set(provider, name);
  const run = currentRun();
  if (run === undefined) providersWithoutStack.set(cluster, provider);
  else run.providers.set(cluster.kubeconfig, provider);
  return provider;
}

/** A Kubernetes object by kind and name, and the property that names it. */
export interface Claim {
  readonly object: string;
  readonly path: string;
}

/**
 * Server-side apply makes two components with one object of the same name
 * overwrite each other without a word, so whoever comes second is told.
 */
export function checkClaim(cluster: ClusterRef, { object, path }: Claim): Problem[] {
  const provider = existingProvider(cluster);
  const owner = provider === undefined ? undefined : currentRun()?.claims.get(provider)?.get(object);
  if (owner === undefined) return [];
  return [
    {
      code: "name/taken",
      path,
      value: object,
      why: `${owner} already has this name in the same cluster, and they would overwrite each other`,
      fix: "give one of them another name or namespace",
    },
  ];
}

/** Notes that `owner` has the object. */
export function claim(provider: Provider, object: string, owner: string): void {
  const claims = currentRun()?.claims;
  if (claims === undefined) return;
  const taken = claims.get(provider) ?? new Map<string, string>();
  claims.set(provider, taken.set(object, owner));
}
