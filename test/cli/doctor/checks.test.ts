import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkClusters } from "../../../src/cli/doctor/clusters.js";
import { renderFindings } from "../../../src/cli/doctor/finding.js";
import { checkLoopback, checkMemory, checkNode } from "../../../src/cli/doctor/machine.js";
import { checkKubernetesSdk, checkPulumiCopies } from "../../../src/cli/doctor/packages.js";
import { checkToolchain } from "../../../src/cli/doctor/toolchain.js";
import { listParts, type Readiness } from "../../../toolchain/index.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "isokube-doctor-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function addPackage(path: string, version: string): void {
  const folder = join(directory, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
}

describe("doctor's checks", () => {
  test.each([
    ["20.19.0", "ok"],
    ["22.1.0", "ok"],
    ["20.18.9", "problem"],
    ["18.20.4", "problem"],
  ])("Node %s is %s", (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  test("little memory is a warning with what to do", () => {
    expect(checkMemory(8 * 1024 ** 3).status).toBe("ok");
    expect(checkMemory(1024 ** 3)).toMatchObject({ status: "warning", fix: expect.any(String) });
  });

  test("the loopback of this machine works", async () => {
    expect(await checkLoopback()).toMatchObject({ check: "loopback", status: "ok" });
  });

  test("one copy of the Pulumi runtime is well, a nested second one is named with its place", () => {
    addPackage("node_modules/@pulumi/pulumi", "3.239.0");
    addPackage("node_modules/other", "1.0.0");
    expect(checkPulumiCopies(directory)).toMatchObject({ status: "ok", detail: "one copy, version 3.239.0" });
    addPackage("node_modules/@acme/stack/node_modules/@pulumi/pulumi", "3.100.0");
    addPackage("node_modules/.pnpm/x@1/node_modules/@pulumi/pulumi", "3.200.0");
    const finding = checkPulumiCopies(join(directory, "packages", "app"));
    expect(finding.status).toBe("problem");
    expect(finding.detail).toMatch(/^3 copies: /);
    expect(finding.detail).toContain("node_modules/@acme/stack/node_modules/@pulumi/pulumi");
    expect(finding.fix).toContain("npm dedupe");
  });

  test("a Kubernetes SDK of another version than the provider is a warning", () => {
    addPackage("node_modules/@pulumi/kubernetes", "4.24.1");
    expect(checkKubernetesSdk(directory, "4.24.1").status).toBe("ok");
    expect(checkKubernetesSdk(directory, "4.30.0")).toMatchObject({ status: "warning" });
  });

  test("a stopped cluster is a warning, an orphaned process a problem with the command that ends it", () => {
    const shop = join(directory, "clusters", "shop");
    mkdirSync(shop, { recursive: true });
    expect(checkClusters(directory, [{ pid: 7, dataDirectory: shop }])).toMatchObject({ detail: "1 running" });
    expect(checkClusters(directory, [])).toMatchObject({ status: "warning", detail: expect.stringContaining(shop) });
    expect(checkClusters(directory, [{ pid: 8, dataDirectory: "/gone" }])).toMatchObject({
      status: "problem",
      fix: "run `kill 8`",
    });
    expect(checkClusters(join(directory, "nowhere"), [])).toMatchObject({ status: "ok", detail: "none" });
    expect(readdirSync(directory)).toEqual(["clusters"]);
  });
});

describe("doctor's view of the toolchain", () => {
  const absent = listParts(["etcd"]).map((state) => ({ ...state, installed: undefined }));
  const noGo = { code: "toolchain/go-missing", path: "go", why: "it is not there", fix: "install it" };
  const base: Readiness = {
    parts: absent,
    goVersion: undefined,
    requiredGoVersion: "1.25.0",
    goProblem: noGo,
    diskProblems: [{ ...noGo, path: "/cache" }],
    cacheProblem: undefined,
  };

  test("without Go is a problem only while parts are missing", () => {
    expect(checkToolchain(base).map(({ check, status }) => `${check} ${status}`)).toEqual([
      "toolchain warning",
      "Go problem",
      "disk problem",
    ]);
    expect(checkToolchain({ ...base, parts: [] }).map(({ status }) => status)).toEqual(["ok", "warning", "warning"]);
  });
});

test("renderFindings gives each finding one line with its fix", () => {
  const text = renderFindings([
    { check: "Node", status: "ok", detail: "version 22.1.0" },
    { check: "loopback", status: "problem", detail: "no answer", fix: "bring it up" },
  ]);
  expect(text.split("\n")).toEqual([
    "ok       Node      version 22.1.0.",
    "PROBLEM  loopback  no answer. Fix: bring it up.",
  ]);
});
