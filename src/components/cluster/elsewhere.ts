import * as pulumi from "@pulumi/pulumi";
import { type Target, targets } from "../../providers/contract.js";
import type { ClusterArgs } from "./args.js";

/**
 * The arguments as they would be written for a target: its own block and no
 * other's, and for another target than the chosen one nothing that only the
 * chosen one's words can say, such as ids of networks and keys.
 */
export function argumentsFor(args: ClusterArgs, target: Target): ClusterArgs {
  const { requirePortableTo: _portable, replaceCluster: _replace, ...asked } = args;
  const neutral = Object.entries(asked).filter(([key]) => key === target || !targets.some((name) => name === key));
  const own: ClusterArgs = { ...asked, ...withoutBlocks, ...Object.fromEntries(neutral), target };
  return target === args.target ? own : inOtherWords(own);
}

const withoutBlocks = Object.fromEntries(targets.map((name) => [name, undefined]));

function inOtherWords(args: ClusterArgs): ClusterArgs {
  const { network, controlPlane, access, ...rest } = args;
  return {
    ...rest,
    ...(network === undefined ? {} : { network: withoutExisting(network) }),
    ...(controlPlane === undefined ? {} : { controlPlane: withoutKey(controlPlane) }),
    // Principals have other names there, but there will be as many.
    ...(access === undefined
      ? {}
      : { access: { ...access, admins: (access.admins ?? []).map((admin) => pulumi.output(admin)) } }),
  };
}

function withoutExisting({ existing: _, ...network }: NonNullable<ClusterArgs["network"]>) {
  return network;
}

function withoutKey({ encryptionKey, ...controlPlane }: NonNullable<ClusterArgs["controlPlane"]>) {
  // Secrets stay encrypted, with a key of the other target.
  return encryptionKey === undefined ? controlPlane : { secretsEncryption: true, ...controlPlane };
}
