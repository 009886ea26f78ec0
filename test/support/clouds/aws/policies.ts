import { text } from "../blocks.js";
import type { Block, Refusal } from "../model.js";
import type { SimulatedResource, World } from "../world.js";
import { refusal } from "./common.js";

/** IAM policy documents, as far as the simulated services look into them. */
interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string | readonly string[]>> | string;
}

const asList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

function statementsOf(document: string): readonly Statement[] | undefined {
  try {
    const parsed: { Statement?: Statement | readonly Statement[] } = JSON.parse(document);
    const statements = asList(parsed.Statement);
    return statements.length === 0 ? undefined : statements;
  } catch {
    return undefined;
  }
}

/** A known document that is none. */
export function documentRefusals(inputs: Block, path: string): Refusal[] {
  const document = text(inputs, path);
  if (document === undefined) return [];
  const statements = statementsOf(document);
  if (statements === undefined)
    return [refusal(`"${path}" contains an invalid JSON policy: it has no statements`, path)];
  return statements.flatMap(({ Effect, Action }, index) => {
    if (Effect !== "Allow" && Effect !== "Deny") {
      return [refusal(`MalformedPolicyDocument: statement ${index} has the effect ${Effect}`, path)];
    }
    return asList(Action).length === 0
      ? [refusal(`MalformedPolicyDocument: statement ${index} has no action`, path)]
      : [];
  });
}

/** Whether the trust of a role lets a service take it with all these actions. */
export function trusts(role: SimulatedResource, service: string, ...actions: readonly string[]): boolean {
  const allowing = (statementsOf(text(role.inputs, "assumeRolePolicy") ?? "") ?? []).filter(
    ({ Effect, Principal }) =>
      Effect === "Allow" && typeof Principal === "object" && asList(Principal["Service"]).includes(service),
  );
  return actions.every((action) => allowing.some(({ Action }) => asList(Action).includes(action)));
}

/** Names of the managed policies of a role, without their path. */
export function attachedPolicies(role: SimulatedResource, world: World): ReadonlySet<string> {
  const attached = world
    .all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .filter(({ inputs }) => text(inputs, "role") === role.id)
    .map(({ inputs }) => text(inputs, "policyArn")?.split("/").at(-1) ?? "");
  return new Set(attached);
}

/** Policies of AWS itself, by path and name. A policy that is in neither list does not exist. */
export const managedPolicies: ReadonlySet<string> = new Set([
  "AdministratorAccess",
  "AmazonDynamoDBFullAccess",
  "AmazonDynamoDBReadOnlyAccess",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonEC2ContainerRegistryReadOnly",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSFargatePodExecutionRolePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
  "AmazonEKSServicePolicy",
  "AmazonEKSVPCResourceController",
  "AmazonEKSWorkerNodeMinimalPolicy",
  "AmazonEKSWorkerNodePolicy",
  "AmazonEKS_CNI_Policy",
  "AmazonS3FullAccess",
  "AmazonS3ReadOnlyAccess",
  "AmazonSQSFullAccess",
  "AmazonSSMManagedInstanceCore",
  "CloudWatchAgentServerPolicy",
  "PowerUserAccess",
  "ReadOnlyAccess",
  "SecretsManagerReadWrite",
  "service-role/AmazonEBSCSIDriverPolicy",
  "service-role/AmazonEBSCSIDriverPolicyV2",
  "service-role/AmazonEFSCSIDriverPolicy",
]);
