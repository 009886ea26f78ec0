import { isDeepStrictEqual } from "node:util";
import { cidrsOverlap, networkOf, parseCidr } from "../../core/cidr.js";
import { dnsLabelProblem } from "../../core/names.js";
import type { Problem } from "../../core/problems.js";
import { withoutConsequences } from "../../core/validation.js";
import { compareMinors, minorOf, parseMinor } from "../../core/versions.js";
import { maximumNodes } from "../../local/address-ranges.js";
import { componentNames } from "../../local/spec.js";
import { fillDefaults, typeProblems } from "../input-types.js";
import { containsSecret, knownText, type PropertyMap, revealMap } from "../properties.js";
import type { CheckRequest, CheckResult } from "../resource.js";
import { nodeCount, poolProblems } from "./check-pools.js";
import { controlPlaneDefinition } from "./definition.js";
import type { KubernetesReleases } from "./port.js";
import { defaultClusterName, resolveVersion } from "./spec.js";

/**
 * What every process should be. Kept among the checked inputs, because a diff
 * shows what is there against the inputs: `etcd: "down" => "running"`.
 */
function wantedComponents(): PropertyMap {
  return Object.fromEntries(componentNames.map((name) => [name, "running"]));
}

/** Fills every default and names everything that is wrong with the inputs, all at once. */
export function checkControlPlane(request: CheckRequest, releases: KubernetesReleases): CheckResult {
  // The engine hands back what an earlier check gave when it takes over a cluster it has read.
  const { components, ...given } = request.newInputs;
  const isOurs = components === undefined || isDeepStrictEqual(components, wantedComponents());
  const inputs = fillDefaults(controlPlaneDefinition.inputs, isOurs ? given : request.newInputs);
  // A name once given stays, though the resource be renamed, moved or imported: another one is another cluster.
  inputs["clusterName"] ??= request.oldInputs?.["clusterName"] ?? defaultClusterName(request.urn);
  inputs["kubernetesVersion"] ??= releases.defaultMinor;

  const malformed = typeProblems(controlPlaneDefinition.inputs, inputs);
  const plain = revealMap(inputs);
  const meaningless = [
    ...nameProblems(plain),
    ...versionProblems(plain, revealMap(request.oldInputs ?? {}), releases),
    ...poolProblems(plain),
    ...addressProblems(plain),
  ];
  const problems = [...malformed, ...withoutConsequences(malformed, meaningless)];
  return {
    inputs: { ...inputs, components: wantedComponents() },
    problems: problems.map((problem) => withoutSecret(problem, inputs)),
  };
}

/** A secret that is wrong is named by its path alone. */
function withoutSecret({ value, ...problem }: Problem, inputs: PropertyMap): Problem {
  const input = inputs[problem.path.split(/[.[]/)[0] ?? ""];
  return value === undefined || containsSecret(input) ? problem : { ...problem, value };
}

function nameProblems(inputs: PropertyMap): Problem[] {
  const name = knownText(inputs["clusterName"]);
  const why = name === undefined ? undefined : dnsLabelProblem(name);
  if (why === undefined) return [];
  return [{ code: "name/invalid", path: "clusterName", value: name, why, fix: "choose a name such as shop-dev" }];
}

function versionProblems(inputs: PropertyMap, old: PropertyMap, releases: KubernetesReleases): Problem[] {
  const path = "kubernetesVersion";
  const value = knownText(inputs[path]);
  if (value === undefined) return [];
  const offered = Object.entries(releases.versions).map(([minor, full]) => `${minor} (${full})`);
  const version = resolveVersion(value, releases);
  const before =
    old["clusterName"] === inputs["clusterName"] ? parseMinor(minorOf(knownText(old[path]) ?? "") ?? "") : undefined;
  const after = parseMinor(minorOf(version ?? value) ?? "");
  if (before !== undefined && after !== undefined) {
    const had = `${before.major}.${before.minor}`;
    if (compareMinors(after, before) < 0) {
      const why = `the cluster has ${had}, and Kubernetes cannot be downgraded`;
      return [
        {
          code: "version/downgrade",
          path,
          value,
          why,
          fix: `keep ${had}, or give the new cluster another clusterName`,
        },
      ];
    }
    if (after.major !== before.major || after.minor > before.minor + 1) {
      const next = `${before.major}.${before.minor + 1}`;
      const why = `the cluster has ${had}, and Kubernetes is upgraded one minor at a time`;
      return [{ code: "version/skipped-minor", path, value, why, fix: `go to ${next} first` }];
    }
  }
  if (version !== undefined) return [];
  const why = "this version is not offered";
  return [{ code: "version/unsupported", path, value, why, fix: `use one of ${offered.join(", ")}` }];
}

function addressProblems(inputs: PropertyMap): Problem[] {
  const blocks = (["podCidr", "serviceCidr"] as const).map((path) => ({ path, value: knownText(inputs[path]) }));
  const problems = blocks.flatMap(({ path, value }) => (value === undefined ? [] : cidrProblems(path, value)));
  const [pods, services] = blocks.map(({ value }) => (value === undefined ? undefined : parseCidr(value)));
  if (problems.length > 0) return problems;
  if (pods !== undefined && services !== undefined && cidrsOverlap(pods, services)) {
    const why = "it shares addresses with podCidr";
    return [{ code: "cidr/overlap", path: "serviceCidr", value: blocks[1]?.value, why, fix: "choose disjoint ranges" }];
  }
  const nodes = nodeCount(inputs["pools"]);
  const most = pods === undefined ? undefined : maximumNodes(pods);
  if (nodes === undefined || most === undefined || nodes <= most) return [];
  const why = `it has addresses for ${most} nodes, and the pools have ${nodes}`;
  return [{ code: "cidr/too-few", path: "podCidr", value: blocks[0]?.value, why, fix: "choose a wider range" }];
}

function cidrProblems(path: "podCidr" | "serviceCidr", value: string): Problem[] {
  const block = parseCidr(value);
  if (block === undefined) {
    const meant = networkOf(value);
    const why = meant === undefined ? "it is not a block of addresses" : "it has bits set beyond its prefix";
    return [{ code: "cidr/invalid", path, value, why, fix: `write ${meant ?? "a block such as 10.96.0.0/16"}` }];
  }
  if (block.family === 6) {
    const why = "a local control plane has IPv4 addresses only";
    return [{ code: "cidr/family", path, value, why, fix: "write an IPv4 block such as 10.96.0.0/16" }];
  }
  // The API server keeps a bit for every Service address and refuses more than 2^20 of them.
  const [widest, narrowest] = path === "serviceCidr" ? [12, 28] : [4, 28];
  if (block.prefixLength >= widest && block.prefixLength <= narrowest) return [];
  const why = `its prefix is /${block.prefixLength}, outside /${widest} to /${narrowest}`;
  return [{ code: "cidr/size", path, value, why, fix: `choose a prefix from /${widest} to /${narrowest}` }];
}
