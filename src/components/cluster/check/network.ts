import type * as pulumi from "@pulumi/pulumi";
import { cidrsOverlap, parseCidr } from "../../../core/cidr.js";
import type { Problem } from "../../../core/problems.js";
import { known } from "../../workload/leaf.js";
import type { ClusterArgs } from "../args.js";
import { defaultNetwork } from "../resolve.js";
import { cidr, leafProblems, notEmpty } from "./values.js";

const ranges = ["cidr", "podCidr", "serviceCidr"] as const;

/** Whether the addresses are addresses, and whether they can be together. */
export function checkNetwork({ network = {}, controlPlane, access }: ClusterArgs): Problem[] {
  return [
    ...ranges.flatMap((range) => leafProblems(`network.${range}`, network[range], cidr)),
    ...ranges.flatMap((one, index) => ranges.slice(index + 1).flatMap((other) => checkOverlap(network, one, other))),
    ...checkList("controlPlane.allowedCidrs", controlPlane?.allowedCidrs ?? [], cidr),
    ...checkList("access.admins", access?.admins ?? [], notEmpty),
  ];
}

type Range = (typeof ranges)[number];

function checkOverlap(network: NonNullable<ClusterArgs["network"]>, one: Range, other: Range): Problem[] {
  const blocks = [one, other].map((range) => parseCidr(known(network[range] ?? defaultNetwork[range]) ?? ""));
  const [a, b] = blocks;
  if (a === undefined || b === undefined || !cidrsOverlap(a, b)) return [];
  // Blamed is the one that was written; both may be.
  const [blamed, against] = network[other] === undefined ? [one, other] : [other, one];
  const given = known(network[against]);
  return [
    {
      code: "cidr/overlap",
      path: `network.${blamed}`,
      value: known(network[blamed]),
      why: `it overlaps ${against} ${given ?? `${defaultNetwork[against]} (the default)`}`,
      fix: "choose ranges that share no address",
    },
  ];
}

function checkList(path: string, items: readonly pulumi.Input<string>[], check: typeof cidr): Problem[] {
  const texts = items.map(known);
  return items.flatMap((item, index) => {
    const at = `${path}[${index}]`;
    const twice = texts[index] !== undefined && texts.indexOf(texts[index]) < index;
    return [
      ...leafProblems(at, item, check),
      ...(twice
        ? [
            {
              code: "list/duplicate",
              path: at,
              value: texts[index],
              why: "it stands in the list twice",
              fix: "remove one",
            },
          ]
        : []),
    ];
  });
}
