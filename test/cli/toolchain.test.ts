import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isokubeProgram, runProgram } from "../../src/cli/program.js";
import { type PartRow, renderRows } from "../../src/cli/toolchain.js";

let cache: string;
let stdout = "";
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "isokube-cli-"));
  vi.stubEnv("ISOKUBE_CACHE", cache);
  stdout = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

describe("isokube toolchain", () => {
  test("--list --json tells of every default part that it is missing, and how it would be got", async () => {
    expect(await runProgram(isokubeProgram(), ["toolchain", "--list", "--json"])).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.cacheDirectory).toBe(cache);
    expect(report.parts).toHaveLength(10);
    expect(report.parts).toContainEqual({
      name: "kube-apiserver",
      version: "1.35.3",
      purpose: "the Kubernetes API",
      way: "missing",
      cached: false,
      bytes: 0,
      seconds: 0,
      path: null,
      download: { unavailable: "no pinned checksum: built from source" },
    });
  });

  test("--list --kubernetes --part narrows it down", async () => {
    const args = ["toolchain", "--list", "--json", "--kubernetes", "1.36", "--part", "etcd", "--part", "kwokctl"];
    expect(await runProgram(isokubeProgram(), args)).toBe(0);
    const versions = JSON.parse(stdout).parts.map((part: PartRow) => `${part.name} ${part.version}`);
    expect(versions).toEqual(["etcd 3.6.8", "kwokctl 0.7.0"]);
  });

  test("says when downloads are switched off", async () => {
    vi.stubEnv("ISOKUBE_DOWNLOADS", "off");
    await runProgram(isokubeProgram(), ["toolchain", "--list", "--part", "kubectl"]);
    expect(stdout).toContain("switched off by ISOKUBE_DOWNLOADS");
  });
});

test("renderRows aligns version, way, size and seconds", () => {
  const row: PartRow = {
    name: "etcd",
    version: "3.6.5",
    purpose: "",
    way: "build",
    cached: false,
    bytes: 131_580_066,
    seconds: 165.1,
    path: "/cache/etcd",
    download: { url: "https://example.com/etcd", sha256: "0" },
  };
  const missing: PartRow = { ...row, name: "kube-scheduler", way: "missing", download: { unavailable: "none" } };
  expect(renderRows([row, missing])).toBe(
    [
      "PART            VERSION  WAY      SIZE     SECONDS  DOWNLOAD",
      "etcd            3.6.5    build     132 MB    165.1  official, checksum pinned",
      "kube-scheduler  3.6.5    missing                    none",
    ].join("\n"),
  );
});
