import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PartName } from "../../toolchain/names.js";
import { partsFor } from "../../toolchain/parts.js";
import { findPresent } from "../../toolchain/present.js";
import { resolveKubernetesRelease } from "../../toolchain/versions.js";
import { openSandbox, type Sandbox } from "./sandbox.js";

const parts = partsFor(resolveKubernetesRelease());

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.close());

const find = (name: PartName) => findPresent(parts[name], parts);

describe("the present way", () => {
  // What the real programs print when asked.
  test.each<[PartName, string]>([
    ["pulumi", "v3.259.0"],
    ["etcd", "etcd Version: 3.6.5\\nGit SHA: a061450\\nGo Version: go1.24.7"],
    ["kube-apiserver", "Kubernetes v1.35.3"],
    ["kube-controller-manager", "Kubernetes v1.35.3"],
    ["kube-scheduler", "Kubernetes v1.35.3"],
    ["kubectl", "Client Version: v1.35.3\\nKustomize Version: v5.7.1"],
    ["kwok", "kwok version v0.7.0 go1.24.2 (linux/amd64)"],
    ["kwokctl", "kwokctl version v0.7.0 go1.24.2 (linux/amd64)"],
    ["metrics-server", "v0.8.0"],
  ])("takes a %s that says it has the pinned version, and no other", async (name, answer) => {
    const path = sandbox.script(name, `printf '${answer}\\n'`);
    expect(await find(name)).toBe(path);
    sandbox.script(name, `printf '${answer.replace(/(\d+\.\d+)\.\d+/, "$1.99")}\\n'`);
    expect(await find(name)).toBeUndefined();
  });

  test.each([
    ["fails", "echo v3.259.0; exit 1"],
    ["answers nonsense", "echo usage"],
    ["is a development build after the pinned one", "echo v3.259.0-dev.1"],
  ])("does not take a program that %s", async (_, body) => {
    sandbox.script("pulumi", body);
    expect(await find("pulumi")).toBeUndefined();
  });

  test("takes the language host that lies beside a pulumi of the pinned version", async () => {
    const host = sandbox.script("pulumi-language-nodejs", "exit 1");
    expect(await find("pulumi-language-nodejs")).toBeUndefined();
    sandbox.script("pulumi", "echo v3.259.0");
    expect(await find("pulumi-language-nodejs")).toBe(host);
  });

  test("takes the provider from Pulumi's plugin folder once it is completely installed", async () => {
    const folder = join(sandbox.directory, "pulumi-home", "plugins", "resource-kubernetes-v4.24.1");
    mkdirSync(folder, { recursive: true });
    const plugin = join(folder, "pulumi-resource-kubernetes");
    expect(await find("pulumi-resource-kubernetes")).toBeUndefined();
    writeFileSync(plugin, "", { mode: 0o755 });
    expect(await find("pulumi-resource-kubernetes")).toBe(plugin);
    writeFileSync(`${folder}.partial`, "");
    expect(await find("pulumi-resource-kubernetes")).toBeUndefined();
  });

  test("does not take for the machine's own what the toolchain itself put on PATH", async () => {
    const own = join(sandbox.cache, "toolchain", "pulumi", "3.259.0-abc");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "pulumi"), "#!/bin/sh\necho v3.259.0\n", { mode: 0o755 });
    symlinkSync(join(own, "pulumi"), join(sandbox.bin, "pulumi"));
    expect(await find("pulumi")).toBeUndefined();
  });
});
