import { Namespace as KubernetesNamespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { dnsLabelProblem } from "../core/names.js";
import type { Problem } from "../core/problems.js";
import { block, joinPath, optional, required, text } from "../core/shape.js";
import { assertNoProblems, ProblemList, withoutConsequences } from "../core/validation.js";
import type { ClusterRef } from "../providers/contract.js";
import { checkClaim, checkKubernetesProvider, claim, kubernetesProvider } from "./kubernetes-provider.js";
import { checkAnnotations, checkLabels } from "./workload/check/metadata.js";
import { clusterShape, leafMap } from "./workload/read.js";

/** The arguments of a Namespace. */
export interface NamespaceArgs {
  /** The cluster to make it in: a `Cluster`, or its kubeconfig and target as plain data. */
  readonly cluster: ClusterRef;
  /** Its name in the cluster. Changing it replaces it and everything inside. @default the component's name */
  readonly name?: string;
  /** More labels. */
  readonly labels?: Record<string, pulumi.Input<string>>;
  /** More annotations. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
}

const namespaceShape = block<NamespaceArgs>({
  cluster: required(clusterShape),
  name: optional(text),
  labels: optional(leafMap),
  annotations: optional(leafMap),
});

const podSecurityPrefix = "pod-security.kubernetes.io/";

/** The strictest Pod Security Standard, which every Workload meets. Source: Kubernetes "Pod Security Admission". */
const podSecurityLabels: Readonly<Record<string, string>> = {
  [`${podSecurityPrefix}enforce`]: "restricted",
  [`${podSecurityPrefix}audit`]: "restricted",
  [`${podSecurityPrefix}warn`]: "restricted",
};

/** Names that every cluster keeps for itself. */
const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/**
 * A namespace that admits only pods that meet the Pod Security Standard "restricted".
 *
 * @throws ValidationError with every problem of the arguments, before anything is created
 */
export class Namespace extends pulumi.ComponentResource {
  /** Its name in the cluster, to be given to workloads; known once it exists. */
  readonly namespaceName: pulumi.Output<string>;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, labels, annotations, namespaceName, subject } = prepareNamespace(name, args);
    super("isokube:index:Namespace", name, {}, opts);
    const provider = kubernetesProvider(cluster);
    claim(provider, claimOf(namespaceName), subject);
    const namespace = new KubernetesNamespace(
      name,
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: namespaceName,
          labels: { ...labels, "app.kubernetes.io/managed-by": "isokube", ...podSecurityLabels },
          ...(annotations === undefined ? {} : { annotations }),
        },
      },
      {
        parent: this,
        provider,
        ...(cluster.deletedWith === undefined ? {} : { deletedWith: cluster.deletedWith }),
      },
    );
    this.namespaceName = namespace.metadata.name;
    this.registerOutputs({ namespaceName: this.namespaceName });
  }
}

function prepareNamespace(name: string, args: unknown) {
  const malformed = new ProblemList();
  const read = namespaceShape.read(args, "", malformed);
  const namespaceName = read.name ?? name;
  const subject = `Namespace ${JSON.stringify(name)}`;
  const wrong = [
    ...checkName(namespaceName),
    ...checkLabels("labels", read.labels ?? {}),
    ...checkReserved(read.labels ?? {}),
    ...checkAnnotations("annotations", read.annotations ?? {}),
    ...checkKubernetesProvider(read.cluster),
    ...checkClaim(read.cluster, { object: claimOf(namespaceName), path: "name" }),
  ];
  assertNoProblems(subject, [...malformed.found, ...withoutConsequences(malformed.found, wrong)]);
  return { ...read, namespaceName, subject };
}

function claimOf(name: string): string {
  return `Namespace ${name}`;
}

function checkName(name: string): Problem[] {
  const why = systemNamespaces.includes(name) ? "belongs to the cluster itself" : dnsLabelProblem(name);
  return why === undefined
    ? []
    : [
        {
          code: "name/namespace",
          path: "name",
          value: name,
          why,
          fix: 'give the namespace a name of its own, for example "shop"',
        },
      ];
}

function checkReserved(labels: NonNullable<NamespaceArgs["labels"]>): Problem[] {
  return Object.keys(labels)
    .filter((label) => label.startsWith(podSecurityPrefix) || label === "app.kubernetes.io/managed-by")
    .map((label) => ({
      code: "label/reserved",
      path: joinPath("labels", label),
      why: "a Namespace sets it itself, so that nothing looser runs beside your workloads",
      fix: "remove it, or make the namespace with @pulumi/kubernetes",
    }));
}
