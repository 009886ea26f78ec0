import { parseCidr } from "../../core/cidr.js";
import { dnsLabelProblem } from "../../core/names.js";
import type { Problem } from "../../core/problems.js";
import { withoutConsequences } from "../../core/validation.js";
import { compareMinors, minorOf, parseMinor } from "../../core/versions.js";
import type { KubernetesReleases } from "../control-plane/port.js";
import { resolveVersion } from "../control-plane/spec.js";
import type { Properties } from "../definition.js";
import { childPath, fillDefaults, typeProblems } from "../input-types.js";
import { containsUnknown, isPropertyMap, knownText, type PropertyMap, revealMap } from "../properties.js";
import type { CheckRequest, CheckResult } from "../resource.js";

/** Fills defaults and names everything that the inputs alone show to be wrong; hosts are looked at later. */
export function checkOnprem(
  properties: Properties,
  { oldInputs, newInputs }: CheckRequest,
  releases: KubernetesReleases,
): CheckResult {
  const inputs = fillDefaults(properties, newInputs);
  const malformed = typeProblems(properties, inputs);
  const plain = revealMap(inputs);
  const meaningless = [
    ...nameProblems(plain),
    ...versionProblems(plain, revealMap(oldInputs ?? {}), releases),
    ...endpointProblems(plain),
    ...addressProblems(plain),
    ...hostProblems(plain),
  ];
  return { inputs, problems: [...malformed, ...withoutConsequences(malformed, meaningless)] };
}

function nameProblems(inputs: PropertyMap): Problem[] {
  const name = knownText(inputs["clusterName"]);
  const why = name === undefined ? undefined : dnsLabelProblem(name);
  if (why === undefined) return [];
  return [{ code: "name/invalid", path: "clusterName", value: name, why, fix: "choose a name such as shop" }];
}

function versionProblems(inputs: PropertyMap, old: PropertyMap, releases: KubernetesReleases): Problem[] {
  const path = "kubernetesVersion";
  const value = knownText(inputs[path]);
  if (value === undefined) return [];
  const problem = (code: string, why: string, fix: string): Problem[] => [{ code, path, value, why, fix }];
  const before = parseMinor(minorOf(knownText(old[path]) ?? "") ?? "");
  const after = parseMinor(minorOf(value) ?? "");
  if (before !== undefined && after !== undefined) {
    const had = `${before.major}.${before.minor}`;
    if (compareMinors(after, before) < 0) {
      return problem("version/downgrade", `the cluster has ${had}, and Kubernetes cannot be downgraded`, `keep ${had}`);
    }
    if (after.major !== before.major || after.minor > before.minor + 1) {
      const why = `the cluster has ${had}, and Kubernetes is upgraded one minor at a time`;
      return problem("version/skipped-minor", why, `go to ${before.major}.${before.minor + 1} first`);
    }
  }
  if (resolveVersion(value, releases) !== undefined) return [];
  const offered = Object.entries(releases.versions).map(([minor, full]) => `${minor} (${full})`);
  return problem("version/unsupported", "this version is not offered", `use one of ${offered.join(", ")}`);
}

/** What each kind of endpoint must say. */
const endpointFields: Readonly<Record<string, readonly string[]>> = {
  single: ["address"],
  vip: ["address", "routerId"],
  external: ["host", "port"],
};

function endpointProblems(inputs: PropertyMap): Problem[] {
  const endpoint = inputs["controlPlaneEndpoint"];
  if (!isPropertyMap(endpoint)) return [];
  const kind = knownText(endpoint["kind"]);
  const needed = endpointFields[kind ?? ""] ?? [];
  const missing = needed
    .filter((name) => (endpoint[name] ?? null) === null)
    .map((name) => ({
      code: "input/missing",
      path: `controlPlaneEndpoint.${name}`,
      why: `an endpoint of kind ${kind} needs it`,
      fix: `give ${name}`,
    }));
  const hosts = inputs["hosts"];
  const several = kind === "single" && Array.isArray(hosts) && hosts.length > 1;
  if (!several) return missing;
  const why = "one host's own address cannot stand for several control planes";
  const fix = 'use kind "vip" with a free address, or "external" with a load balancer';
  return [...missing, { code: "endpoint/single", path: "controlPlaneEndpoint.kind", value: kind, why, fix }];
}

function addressProblems(inputs: PropertyMap): Problem[] {
  return ["podCidr", "serviceCidr"].flatMap((path) => {
    const value = knownText(inputs[path]);
    const block = value === undefined ? undefined : parseCidr(value);
    if (value === undefined || block?.family === 4) return [];
    const why = block === undefined ? "it is not a block of addresses" : "hosts have IPv4 addresses only";
    return [{ code: "cidr/invalid", path, value, why, fix: "write an IPv4 block such as 10.244.0.0/16" }];
  });
}

/** Each host with its path; a single one or a list. */
function hostsOf(inputs: PropertyMap): { readonly path: string; readonly host: PropertyMap }[] {
  const { hosts, host } = inputs;
  const list = Array.isArray(hosts) ? hosts.map((each, index) => [childPath("hosts", index), each] as const) : [];
  const all = host === undefined ? list : [["host", host] as const, ...list];
  return all.flatMap(([path, each]) => (isPropertyMap(each) ? [{ path, host: each }] : []));
}

function hostProblems(inputs: PropertyMap): Problem[] {
  const hosts = hostsOf(inputs);
  return [
    ...hosts.flatMap(({ path, host }) => hostOwnProblems(path, host)),
    ...twice(hosts.map(({ path, host }) => [`${path}.name`, knownText(host["name"])] as const)),
    ...twice(hosts.map(({ path, host }) => [`${path}.host.address`, addressOf(host)] as const)),
    ...countProblems(inputs),
  ];
}

function addressOf(host: PropertyMap): string | undefined {
  const machine = host["host"];
  return isPropertyMap(machine) ? knownText(machine["address"]) : undefined;
}

function hostOwnProblems(path: string, host: PropertyMap): Problem[] {
  const name = knownText(host["name"]);
  const nameWhy = name === undefined ? undefined : dnsLabelProblem(name);
  const address = addressOf(host);
  const isAddress = address === undefined || parseCidr(`${address}/32`)?.family === 4;
  return [
    ...(nameWhy === undefined
      ? []
      : [{ code: "name/invalid", path: `${path}.name`, value: name, why: nameWhy, fix: "choose a name such as cp1" }]),
    ...(isAddress
      ? []
      : [
          {
            code: "address/invalid",
            path: `${path}.host.address`,
            value: address,
            why: "it is no IPv4 address",
            fix: "write the host's address, for example 10.0.0.11",
          },
        ]),
  ];
}

function twice(values: readonly (readonly [path: string, value: string | undefined])[]): Problem[] {
  return values.flatMap(([path, value], index) => {
    const first = values.findIndex(([, other]) => other === value);
    if (value === undefined || first === index) return [];
    const why = `${values[first]?.[0]} has it already`;
    return [{ code: "host/duplicate", path, value, why, fix: "give each host its own" }];
  });
}

function countProblems({ hosts }: PropertyMap): Problem[] {
  if (!Array.isArray(hosts) || containsUnknown(hosts) || [1, 3, 5].includes(hosts.length)) return [];
  const why = `${hosts.length} control planes survive no more failures than ${Math.max(1, hosts.length - 1)} would`;
  return [
    { code: "quorum/count", path: "hosts", why, fix: "use 1, 3 or 5 control planes, and make the other hosts workers" },
  ];
}
