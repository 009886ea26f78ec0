import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ensureParts, listParts } from "../../toolchain/ensure.js";
import type { PartName } from "../../toolchain/names.js";
import type { ToolchainEvent } from "../../toolchain/progress.js";
import { openSandbox, type Sandbox, startScript, until } from "./sandbox.js";

let sandbox: Sandbox;
let server: Server | undefined;
beforeEach(() => {
  sandbox = openSandbox();
  fakeGo();
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  sandbox.close();
});

/**
 * Stands in for Go: notes how it was called, and "builds" a script that prints
 * its own name. The real Go is used by the first `npm test` on a machine.
 */
function fakeGo(onBuild = "", version = "go1.26.0", goToolchain = "local"): void {
  const log = join(sandbox.directory, "go.log");
  const values = {
    GOVERSION: version,
    GOCACHE: sandbox.directory,
    GOMODCACHE: sandbox.directory,
    GOTOOLCHAIN: goToolchain,
  };
  sandbox.script(
    "go",
    `echo "$PWD|CGO_ENABLED=$CGO_ENABLED GOWORK=$GOWORK GOOS=$GOOS|$*" >> ${log}
case "$1" in
env) echo '${JSON.stringify(values)}' ;;
mod) echo '{"Dir": "${join(sandbox.directory, "module")}"}' ;;
list) echo "go: downloading example.com/module v1.0.0" >&2; echo fmt; echo example.com/main ;;
build)
  ${onBuild}
  for last; do [ "$previous" = -o ] && out="$last"; previous="$last"; done
  echo fmt >&2; echo example.com/main >&2
  printf '#!/bin/sh\\nbasename "$0"\\n' > "$out"; chmod +x "$out" ;;
esac`,
  );
}

function goCalls(command: string): readonly string[] {
  const log = join(sandbox.directory, "go.log");
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.split("|")[2]?.split(" ")[0] === command);
}

async function ensure(...parts: readonly PartName[]) {
  const events: ToolchainEvent[] = [];
  const ensured = await ensureParts({ parts, onProgress: (event) => events.push(event) });
  return { ensured, events, steps: events.map(({ part, step }) => `${part}: ${step}`) };
}

/** A mirror that has a kubectl, and the file that makes the toolchain use it. */
async function mirror(content: string, sha256 = createHash("sha256").update(content).digest("hex")): Promise<void> {
  server = createServer((_, response) => response.end(content));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kubectl`;
  writeManifest({ kubectl: { [platform()]: { url, sha256 } } });
}

function writeManifest(manifest: unknown): void {
  const file = join(sandbox.directory, "downloads.json");
  writeFileSync(file, JSON.stringify(manifest));
  vi.stubEnv("ISOKUBE_DOWNLOADS", file);
}

/** An address on loopback where nobody listens. */
async function deadAddress(): Promise<string> {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  return `http://127.0.0.1:${port}/file`;
}

function platform(): string {
  return `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
}

describe("ensureParts", () => {
  test("takes the first way that works: present, then download, then build", async () => {
    await mirror("a kubectl from the mirror");
    sandbox.script("etcd", "echo etcd Version: 3.6.5");
    const { ensured, steps } = await ensure("etcd", "kubectl", "kwokctl");
    expect([...ensured.values()].map(({ name, way }) => `${name} ${way}`)).toEqual([
      "etcd present",
      "kubectl download",
      "kwokctl build",
    ]);
    expect(ensured.get("etcd")?.path).toBe(join(sandbox.bin, "etcd"));
    expect(readFileSync(ensured.get("kubectl")?.path ?? "", "utf8")).toBe("a kubectl from the mirror");
    expect(goCalls("build")).toHaveLength(1);
    expect(steps).toContain("kwokctl: linking");
  });

  test.each([
    ["a wrong checksum", () => mirror("tampered", "0".repeat(64)), /skipped the download: .*not the pinned 0{64}/],
    [
      "an unreachable mirror",
      async () => writeManifest({ kubectl: { [platform()]: { url: await deadAddress(), sha256: "0".repeat(64) } } }),
      /skipped the download: 127\.0\.0\.1:\d+ cannot be reached/,
    ],
  ])("builds after %s, and says so", async (_, prepare, message) => {
    await prepare();
    const { ensured, steps } = await ensure("kubectl");
    expect(ensured.get("kubectl")?.way).toBe("build");
    expect(
      steps.find((step) => message.test(step)),
      steps.join("\n"),
    ).toBeDefined();
  });

  test("asks an unreachable host once for all that it should have had", async () => {
    const file = { [platform()]: { url: await deadAddress(), sha256: "0".repeat(64) } };
    writeManifest({
      etcd: file,
      kubectl: file,
      kwokctl: file,
      "kube-scheduler": file,
      "kube-controller-manager": file,
    });
    const { steps } = await ensure("etcd", "kubectl", "kwokctl", "kube-scheduler", "kube-controller-manager");
    expect(steps.filter((step) => step.includes("skipped the download"))).toHaveLength(5);
    expect(steps.filter((step) => step.includes("downloading from")).length).toBeLessThan(5);
  });

  test("finds everything again without starting any program", async () => {
    sandbox.script("etcd", "echo etcd Version: 3.6.5");
    const first = await ensure("etcd", "kube-apiserver", "pulumi");
    const calls = readFileSync(join(sandbox.directory, "go.log"), "utf8");
    sandbox.script("kube-apiserver", "echo Kubernetes v1.35.3");
    const again = await ensure("etcd", "kube-apiserver", "pulumi");
    expect([...again.ensured.values()].map(({ way, origin }) => `${way}, ${origin}`)).toEqual([
      "cached, present",
      "cached, build",
      "cached, build",
    ]);
    expect(again.events).toEqual([]);
    expect(again.ensured.get("pulumi")).toEqual({ ...first.ensured.get("pulumi"), way: "cached" });
    expect(readFileSync(join(sandbox.directory, "go.log"), "utf8")).toBe(calls);
  });

  test("needs a few milliseconds for the whole list when it is there", async () => {
    const all: PartName[] = [
      "pulumi",
      "etcd",
      "kube-apiserver",
      "kube-scheduler",
      "kubectl",
      "kwokctl",
      "kube-controller-manager",
    ];
    await ensure(...all);
    const times = [];
    for (let run = 0; run < 5; run++) {
      const begun = performance.now();
      await ensureParts({ parts: all });
      times.push(performance.now() - begun);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test("builds the control plane once for its five parts, each started by its own name", async () => {
    const { ensured } = await ensure("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl");
    expect(goCalls("build")).toHaveLength(1);
    expect(new Set([...ensured.values()].map(({ path }) => dirname(path))).size).toBe(1);
    expect([...ensured.values()].map(({ path }) => path.split("/").at(-1))).toEqual([...ensured.keys()]);
    expect(ensured.get("etcd")?.version).toBe("3.6.5");
    expect(ensured.get("kubectl")?.version).toBe("1.35.3");
  });

  test("compiles nothing twice: what shares the control plane's packages is built after it, others beside it", async () => {
    const order = join(sandbox.directory, "order");
    fakeGo(`echo "begin $(basename "$PWD")" >> ${order}; sleep 0.5; echo "end $(basename "$PWD")" >> ${order}`);
    // What kwok is patched in.
    const patched = join(sandbox.directory, "module", "pkg", "utils", "informer");
    mkdirSync(patched, { recursive: true });
    writeFileSync(join(patched, "informer.go"), "metav1.InitialEventsListBlueprintAnnotationKey");
    await ensure("kwok", "kube-apiserver", "kwokctl");
    const steps = readFileSync(order, "utf8").trim().split("\n");
    expect(steps.filter((step) => !step.endsWith("kwokctl"))).toEqual([
      "begin kubernetes",
      "end kubernetes",
      "begin client-go",
      "end client-go",
    ]);
    expect(steps.indexOf("begin kwokctl")).toBeLessThan(steps.indexOf("end kubernetes"));
  });

  test("keeps two Kubernetes releases side by side and builds the second only when asked", async () => {
    await ensure("kube-apiserver");
    const newer = await ensureParts({ parts: ["kube-apiserver", "etcd"], kubernetesVersion: "1.36" });
    expect(newer.get("kube-apiserver")?.version).toBe("1.36.3");
    expect(newer.get("etcd")?.version).toBe("3.6.8");
    expect(goCalls("build")).toHaveLength(2);
    expect(goCalls("build")[1]).toContain("-modfile=1.36.mod");
    expect((await ensure("kube-apiserver")).ensured.get("kube-apiserver")).toMatchObject({
      version: "1.35.3",
      way: "cached",
    });
  });

  test("builds from pinned modules only, whatever the user's Go settings are", async () => {
    vi.stubEnv("GOFLAGS", "-mod=mod");
    vi.stubEnv("GOOS", "plan9");
    vi.stubEnv("GOWORK", "/somewhere/go.work");
    await ensure("pulumi-resource-kubernetes");
    const [call = ""] = goCalls("build");
    expect(call).toMatch(/toolchain\/go\/kubernetes\|CGO_ENABLED=0 GOWORK=off GOOS=\|build /);
    expect(call).toContain("-mod=readonly -buildvcs=false -trimpath -gcflags=all=-dwarf=false -overlay=");
    expect(call).toContain("-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=v4.24.1");
    expect(goCalls("mod")).toHaveLength(1);
  });

  test("does the work once when two runs start at once", async () => {
    fakeGo("sleep 0.3");
    const [first, second] = await Promise.all([ensure("kwokctl"), ensure("kwokctl")]);
    expect(goCalls("build")).toHaveLength(1);
    expect([first.ensured.get("kwokctl")?.way, second.ensured.get("kwokctl")?.way].sort()).toEqual(["build", "cached"]);
    expect([...first.steps, ...second.steps].some((step) => step.includes(`waiting for process ${process.pid}`))).toBe(
      true,
    );
  });

  test.each([
    ["no Go", () => vi.stubEnv("PATH", ""), "toolchain/go-missing", /install Go 1\.25\.0 or newer/],
    [
      "a Go that is too old",
      () => fakeGo("", "go1.24.3"),
      "toolchain/go-too-old",
      /need Go 1\.25\.0.*GOTOOLCHAIN=auto/,
    ],
    ["a Go too old to fetch a newer one", () => fakeGo("", "go1.20", "auto"), "toolchain/go-too-old", /install Go/],
    [
      "a failing compiler",
      () => fakeGo("echo boom >&2; exit 1"),
      "toolchain/build-failed",
      /go did not build it .*boom/s,
    ],
    [
      "no module proxy",
      () => fakeGo("echo 'dial tcp: lookup proxy: no such host' >&2; exit 1"),
      "toolchain/no-module-proxy",
      /let Go reach a module proxy/,
    ],
    [
      "a full disk",
      () => fakeGo("echo 'write /tmp/x: no space left on device' >&2; exit 1"),
      "toolchain/disk-full",
      /free disk space/,
    ],
  ])("with %s says what to do", async (_, prepare, code, message) => {
    prepare();
    const failure = await ensure("kwokctl").catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "ToolchainError", problems: [{ code }] });
    expect(String(failure)).toMatch(message);
    expect(listParts(["kwokctl"])[0]?.installed).toBeUndefined();
  });

  test("lets Go fetch a newer version of itself where it may", async () => {
    fakeGo("", "go1.22.0", "auto");
    expect((await ensure("kwokctl")).ensured.get("kwokctl")?.way).toBe("build");
  });

  test("stops when interrupted, leaves nothing half-done, and continues the next time", async () => {
    fakeGo("exec sleep 30");
    const interrupt = new AbortController();
    const steps: string[] = [];
    const work = ensureParts({
      parts: ["kwokctl", "pulumi"],
      signal: interrupt.signal,
      onProgress: ({ step }) => {
        steps.push(step);
        if (step === "compiling") interrupt.abort(new Error("interrupted"));
      },
    });
    const begun = Date.now();
    await expect(work).rejects.toThrow("interrupted");
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(readdirSync(join(sandbox.cache, "toolchain", ".tmp"))).toEqual([]);
    fakeGo();
    expect((await ensure("kwokctl")).ensured.get("kwokctl")?.way).toBe("build");
  });

  test("killed in the middle of a build, the next run builds it anew without waiting", async () => {
    fakeGo("exec sleep 2");
    const script = startScript(
      sandbox,
      "builder",
      `import { ensureParts } from "./toolchain/ensure.js";
       await ensureParts({ parts: ["kwokctl"], onProgress: (event) => console.log(event.step) });`,
    );
    await until("it compiles", () => script.output().includes("compiling"), script.output);
    script.child.kill("SIGKILL");
    await script.ended();
    fakeGo();
    const { ensured, steps } = await ensure("kwokctl");
    expect(ensured.get("kwokctl")?.way).toBe("build");
    expect(steps.join()).not.toContain("waiting");
    expect(readdirSync(join(sandbox.cache, "toolchain", ".tmp"))).toEqual([]);
  });
});

describe("the file of a mirror", () => {
  test.each<[string, unknown, RegExp]>([
    ["is no object", [], /is not an object/],
    ["names an unknown part", { etdc: {} }, /"etdc": is none of pulumi,/],
    [
      "has no address",
      { etcd: { "linux/amd64": { sha256: "0".repeat(64) } } },
      /etcd\.linux\/amd64\.url: is not an http/,
    ],
    [
      "has a local address",
      { etcd: { "linux/amd64": { url: "file:///etcd", sha256: "0".repeat(64) } } },
      /is not an http/,
    ],
    ["has no digest", { etcd: { "linux/amd64": { url: "http://mirror/etcd" } } }, /sha256: is not a SHA-256/],
    [
      "has a short digest",
      { etcd: { "linux/amd64": { url: "http://mirror/etcd", sha256: "abc" } } },
      /is not a SHA-256/,
    ],
  ])("that %s is refused with its place and the fix", async (_, manifest, message) => {
    writeManifest(manifest);
    const failure = await ensure("etcd").catch((error: unknown) => error);
    expect(failure).toMatchObject({ problems: [{ code: "toolchain/downloads-file" }] });
    expect(String(failure)).toMatch(message);
  });

  test("that is missing is refused", async () => {
    vi.stubEnv("ISOKUBE_DOWNLOADS", join(sandbox.directory, "nowhere.json"));
    await expect(ensure("etcd")).rejects.toThrow(/ENOENT/);
  });

  test("comes before the pinned digest", async () => {
    await mirror("from the mirror");
    expect(listParts(["kubectl"])[0]?.download).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1/) });
  });
});
