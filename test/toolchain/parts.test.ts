import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildsFor } from "../../toolchain/builds.js";
import { goModuleFiles } from "../../toolchain/go.js";
import type { GoBuild } from "../../toolchain/go-build.js";
import { downloadNames, partNames } from "../../toolchain/names.js";
import { defaultParts, partsFor } from "../../toolchain/parts.js";
import { pinnedDigests } from "../../toolchain/pinned-digests.js";
import {
  defaultKubernetesMinor,
  kubernetesProviderVersion,
  kubernetesVersions,
  resolveKubernetesRelease,
} from "../../toolchain/versions.js";

const root = join(import.meta.dirname, "..", "..");
const releases = Object.keys(kubernetesVersions).map((minor) => resolveKubernetesRelease(minor));
const builds = releases.flatMap((release) =>
  buildsFor(release).map((build) => [release.minor, build.name, build] as const),
);

/** `module version` of every requirement, and of what replaces one. */
function requirements(build: GoBuild): string {
  return readFileSync(goModuleFiles(build).mod, "utf8");
}

describe("the pinned list", () => {
  test.each(releases)("has a Go recipe and a place in a download for every part of $minor", (release) => {
    const parts = partsFor(release);
    expect(Object.keys(parts)).toEqual([...partNames]);
    for (const part of Object.values(parts)) {
      const build = buildsFor(release).find(({ name }) => name === part.build);
      expect(build?.executables, part.name).toHaveProperty([part.name]);
      expect(downloadNames).toContain(part.download);
    }
    expect(defaultParts.filter((name) => !(name in parts))).toEqual([]);
  });

  test.each(builds)("%s: %s is pinned by a committed go.mod and go.sum", (_, __, build) => {
    const { mod, sum } = goModuleFiles(build);
    expect(existsSync(mod)).toBe(true);
    const sums = readFileSync(sum, "utf8");
    // Each module's own sum and its go.mod's; programs of our own without dependencies have nothing to sum up.
    const required = [...requirements(build).matchAll(/^(?:\t|require )\S+ v\d\S*/gm)];
    expect(sums.split("\n").length).toBeGreaterThan(required.length);
    if (build.package.startsWith("./")) return;
    const module = [...requirements(build).matchAll(/^\t(\S+) (v\S+)/gm)]
      .filter(([, path = ""]) => build.package.startsWith(path))
      .sort(([, a = ""], [, b = ""]) => b.length - a.length)[0];
    expect(module, `${build.package} is in no module of ${mod}`).toBeDefined();
    const [, path = "", version = ""] = module ?? [];
    const [, replacement = `${path} ${version}`] =
      new RegExp(`^replace ${path} => (\\S+ \\S+)$`, "m").exec(requirements(build)) ?? [];
    expect(sums).toContain(`${replacement} h1:`);
    expect(version.replace(/^v/, "")).toBe(build.version);
  });

  test.each(releases)("pins Kubernetes $version and its etcd in the module that is built", (release) => {
    const build = buildsFor(release).find(({ name }) => name === "kubernetes");
    if (build === undefined) throw new Error("no build of Kubernetes");
    const text = requirements(build);
    expect(text).toContain(`k8s.io/kubernetes v${release.version}`);
    expect(text).toContain(`go.etcd.io/etcd/server/v3 v${release.etcdVersion}`);
    expect(text).toContain(`k8s.io/apiserver => k8s.io/apiserver v${release.version.replace(/^1/, "0")}`);
  });

  test.each(releases)(
    "shares with the control plane of $version every module that the host's programs use too",
    (release) => {
      const versions = (name: string) => {
        const build = buildsFor(release).find((candidate) => candidate.name === name);
        if (build === undefined) throw new Error(`no build ${name}`);
        return new Map(
          [...requirements(build).matchAll(/^\t(\S+) (v\S+)/gm)].map(([, path, version]) => [path, version]),
        );
      };
      const node = versions("kubernetes-node");
      // Another version of one of them would make Go compile nearly everything a second time.
      expect(new Map([...versions("kubernetes")].map(([path]) => [path, node.get(path)]))).toEqual(
        versions("kubernetes"),
      );
    },
  );

  test("gets nothing by default that only hosts of a cluster need", () => {
    const hostsOnly = Object.values(partsFor(resolveKubernetesRelease())).filter(({ probe }) => probe.kind === "never");
    expect(hostsOnly.length).toBeGreaterThan(10);
    expect(defaultParts.filter((name) => hostsOnly.some((part) => part.name === name))).toEqual([]);
  });

  test("builds the provider of the very SDK that is installed", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(manifest.devDependencies["@pulumi/kubernetes"]).toBe(kubernetesProviderVersion);
  });

  test("holds only whole digests, of versions that it offers", () => {
    const offered = releases.flatMap((release) => Object.values(partsFor(release)));
    for (const [name, versions] of Object.entries(pinnedDigests)) {
      for (const [version, platforms] of Object.entries(versions)) {
        expect(
          offered.some((part) => part.download === name && part.version === version),
          `${name} ${version}`,
        ).toBe(true);
        for (const [platform, digest] of Object.entries(platforms)) {
          expect(platform).toMatch(/^(linux|darwin|windows)\/(amd64|arm64)$/);
          expect(digest).toMatch(/^[0-9a-f]{64}$/);
        }
      }
    }
  });
});

describe("resolveKubernetesRelease", () => {
  test.each([
    [undefined, "1.35.3"],
    [defaultKubernetesMinor, "1.35.3"],
    ["1.35.3", "1.35.3"],
    ["v1.36.3", "1.36.3"],
    ["1.36", "1.36.3"],
  ])("%s is %s", (asked, version) => {
    expect(resolveKubernetesRelease(asked).version).toBe(version);
  });

  test.each(["1.34", "1.35.4", "1", "latest", ""])("refuses %j and names what there is", (asked) => {
    expect(() => resolveKubernetesRelease(asked)).toThrow(/use one of 1\.35, 1\.35\.3, 1\.36, 1\.36\.3/);
  });
});
