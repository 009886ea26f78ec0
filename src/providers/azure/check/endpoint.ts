import { cidrsOverlap, parseCidr } from "../../../core/cidr.js";
import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { endpointOf } from "../modes.js";

/** Addresses that are nobody's on the internet, so a public API server never sees them. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].flatMap((range) => {
  const parsed = parseCidr(range);
  return parsed === undefined ? [] : [parsed];
});

const mostRanges = 200;

/** Whether the ranges are such as AKS can filter by. */
export function checkEndpoint(spec: ClusterSpec): Problem[] {
  const { allowedCidrs } = spec.controlPlane;
  if (endpointOf(spec) === "private") return [];
  return [
    ...allowedCidrs.flatMap((cidr, index) => checkRange(`controlPlane.allowedCidrs[${index}]`, known(cidr))),
    ...(allowedCidrs.length > mostRanges
      ? [
          {
            code: "azure/too-many-allowed-cidrs",
            path: "controlPlane.allowedCidrs",
            value: allowedCidrs.length,
            why: `AKS takes at most ${mostRanges} ranges`,
            fix: "join neighbouring ranges",
          },
        ]
      : []),
  ];
}

function checkRange(path: string, text: string | undefined): Problem[] {
  const range = text === undefined ? undefined : parseCidr(text);
  if (range === undefined) return [];
  if (range.family === 6) {
    return [
      {
        code: "azure/allowed-cidr-ipv6",
        path,
        value: text,
        why: "AKS takes IPv4 ranges only here",
        fix: "write the IPv4 range from which you come",
      },
    ];
  }
  const hidden = privateRanges.find((one) => cidrsOverlap(one, range) && one.prefixLength <= range.prefixLength);
  if (hidden === undefined) return [];
  return [
    {
      code: "azure/allowed-cidr-private",
      path,
      value: text,
      why: "these addresses are private, and the public endpoint only sees public ones",
      fix: "write the public addresses from which you come; from inside the network nothing needs to be listed",
    },
  ];
}
