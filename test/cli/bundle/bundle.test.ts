import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isokubeProgram, runProgram } from "../../../src/cli/program.js";
import { openBundle } from "../../../src/onprem/artifacts/read-bundle.js";
import { openSandbox, type Sandbox } from "../../toolchain/sandbox.js";

let sandbox: Sandbox;
let bundle: string;
let stdout = "";
let stderr = "";
beforeEach(() => {
  sandbox = openSandbox();
  bundle = join(sandbox.directory, "bundle");
  fakeGo();
  [stdout, stderr] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  sandbox.close();
});

/** Stands in for Go: "builds" the least that counts as a static program, followed by its own name. */
function fakeGo(): void {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01", "latin1");
  const elf = join(sandbox.directory, "elf");
  writeFileSync(elf, header);
  // Whatever module is asked for: one of them is copied and patched.
  const module = join(sandbox.directory, "module");
  mkdirSync(module);
  writeFileSync(join(module, "go.mod"), "module example.com/module\n");
  const values = { GOVERSION: "go1.26.0", GOCACHE: "/nowhere", GOMODCACHE: "/nowhere", GOTOOLCHAIN: "local" };
  sandbox.script(
    "go",
    `case "$1" in
env) echo '${JSON.stringify(values)}' ;;
list) echo example.com/main ;;
mod) echo '${JSON.stringify({ Dir: module })}' ;;
build)
  for last; do [ "$previous" = -o ] && out="$last"; previous="$last"; done
  cat ${elf} > "$out"; basename "$out" >> "$out"; echo "$out" >> ${sandbox.directory}/built ;;
esac`,
  );
}

async function isokube(...args: readonly string[]): Promise<number> {
  [stdout, stderr] = ["", ""];
  return runProgram(isokubeProgram(), ["bundle", ...args]);
}

async function keys(): Promise<{ readonly sign: string; readonly publicKey: string }> {
  const name = join(sandbox.directory, "ours");
  expect(await isokube("keygen", name)).toBe(0);
  return { sign: `${name}.key`, publicKey: `${name}.pub` };
}

describe.skipIf(process.platform !== "linux")("isokube bundle", () => {
  test("writes a bundle that its reader takes, and reports parts, sizes and seconds", async () => {
    expect(await isokube("--output", bundle), stderr).toBe(0);
    const { manifest, binaries, cniPlugins, images } = openBundle(bundle);
    expect(manifest.kubernetesVersion).toBe("1.35.3");
    expect([...binaries.keys()].sort()).toEqual(["kubeadm", "kubectl", "kubelet"]);
    expect(binaries.get("kubeadm")?.file).toMatchObject({
      path: "bin/kubernetes-node",
      links: ["kubelet", "kubeadm", "kubectl"],
    });
    expect(statSync(join(bundle, "bin", "kubernetes-node")).mode & 0o777).toBe(0o755);
    expect([...cniPlugins.keys()].sort()).toEqual(["bridge", "host-local", "loopback", "portmap"]);
    expect(images.get("registry.k8s.io/pause:3.10.1")?.file).toBe("images/node.tar");
    expect(images.has("quay.io/metallb/speaker:v0.15.2")).toBe(true);
    expect(images.get("isokube.dev/traefik:v3.6.12")?.file).toBe("images/traefik.tar");
    expect([...images.keys()].some((name) => name.includes("agnhost"))).toBe(false);
    expect(stdout).toMatch(/^PART +VERSION +WAY +SIZE +SECONDS$/m);
    expect(stdout).toMatch(/^images\/control-plane\.tar +1\.35\.3 +written /m);
    expect(await isokube("--verify", bundle)).toBe(0);
    expect(stdout).toContain("was not checked");
  });

  test("leaves out and adds add-ons, for another release", async () => {
    expect(await isokube("--output", bundle, "--kubernetes-version", "1.36", "--add-ons", "agnhost"), stderr).toBe(0);
    expect(readdirSync(join(bundle, "images")).sort()).toEqual(["agnhost.tar", "control-plane.tar", "node.tar"]);
    expect([...openBundle(bundle).images.keys()]).toContain("registry.k8s.io/etcd:3.6.8-0");
  });

  test("signs the list with a key that it makes itself, and verifies with the other half", async () => {
    const { sign, publicKey } = await keys();
    expect(statSync(sign).mode & 0o777).toBe(0o600);
    expect(await isokube("--output", bundle, "--add-ons", "none", "--sign", sign)).toBe(0);
    expect(await isokube("--verify", bundle, "--public-key", publicKey), stderr).toBe(0);
    expect(stdout).toContain("and the list is signed");
    expect(await isokube("keygen", join(sandbox.directory, "ours"))).toBe(2);
    expect(stderr).toContain("EEXIST");
  });

  test("takes keys that openssl makes", async () => {
    const [sign, publicKey] = [join(sandbox.directory, "o.pem"), join(sandbox.directory, "o.pub")];
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", sign]);
    execFileSync("openssl", ["pkey", "-in", sign, "-pubout", "-out", publicKey]);
    expect(await isokube("--output", bundle, "--add-ons", "none", "--sign", sign)).toBe(0);
    expect(await isokube("--verify", bundle, "--public-key", publicKey), stderr).toBe(0);
  });

  test("mends what is damaged by running again, without building again, to the same bytes", async () => {
    expect(await isokube("--output", bundle, "--add-ons", "none")).toBe(0);
    const list = readFileSync(join(bundle, "bundle.json"), "utf8");
    const built = readFileSync(join(sandbox.directory, "built"), "utf8");
    truncateSync(join(bundle, "images", "node.tar"), 1000);
    rmSync(join(bundle, "cni", "bridge"));
    expect(await isokube("--verify", bundle)).toBe(2);
    expect(stderr).toMatch(
      /files\["images\/node\.tar"\] = 1000: has 1000 bytes.*Fix: .*run `npx isokube bundle` again/,
    );
    expect(stderr).toMatch(/files\["cni\/bridge"\]: is listed and not there/);
    expect(await isokube("--output", bundle, "--add-ons", "none")).toBe(0);
    expect(readFileSync(join(bundle, "bundle.json"), "utf8")).toBe(list);
    expect(readFileSync(join(sandbox.directory, "built"), "utf8")).toBe(built);
    expect(await isokube("--verify", bundle)).toBe(0);
  });

  test("leaves the list readable all along where nothing that it says changes", async () => {
    expect(await isokube("--output", bundle, "--add-ons", "agnhost")).toBe(0);
    const list = statSync(join(bundle, "bundle.json"));
    // The image is written last but one: what is left of the folder when that fails is what a reader finds meanwhile.
    mkdirSync(join(bundle, "images", "agnhost.tar.partial.partial"));
    expect(await isokube("--output", bundle, "--add-ons", "agnhost")).not.toBe(0);
    expect(await isokube("--verify", bundle), stderr).toBe(0);
    rmdirSync(join(bundle, "images", "agnhost.tar.partial.partial"));
    expect(await isokube("--output", bundle, "--add-ons", "agnhost"), stderr).toBe(0);
    expect(statSync(join(bundle, "bundle.json")).ino).toBe(list.ino);
  });

  test("takes the list and its signature away before a file that differs takes its place", async () => {
    const { sign } = await keys();
    expect(await isokube("--output", bundle, "--add-ons", "none", "--sign", sign), stderr).toBe(0);
    const other = ["--output", bundle, "--add-ons", "none", "--kubernetes-version", "1.36"];
    mkdirSync(join(bundle, "images", "node.tar.partial.partial"));
    expect(await isokube(...other)).not.toBe(0);
    expect(readdirSync(bundle).sort()).toEqual(["bin", "cni", "images"]);
    expect(await isokube("--verify", bundle)).toBe(2);
    rmdirSync(join(bundle, "images", "node.tar.partial.partial"));
    expect(await isokube(...other), stderr).toBe(0);
    expect(await isokube("--verify", bundle), stderr).toBe(0);
  });

  test("waits for another run that writes into the same folder", async () => {
    const runs = await Promise.all([0, 1, 2].map(() => isokube("--output", bundle, "--add-ons", "agnhost")));
    expect(runs, stderr).toEqual([0, 0, 0]);
    expect(stderr).toMatch(/bundle: waiting for process \d+ \(node .*which writes it/);
    expect(await isokube("--verify", bundle), stderr).toBe(0);
  });

  test("removes a signature that no longer fits", async () => {
    const { sign } = await keys();
    await isokube("--output", bundle, "--add-ons", "none", "--sign", sign);
    expect(await isokube("--output", bundle, "--add-ons", "none")).toBe(0);
    expect(existsSync(join(bundle, "bundle.json.sig"))).toBe(false);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["nothing to do", [], /say either --output <folder> or --verify/],
    ["an unknown add-on", ["--output", "x", "--add-ons", "traefk"], /traefk is none of metrics-server/],
    ["an unknown release", ["--output", "x", "--kubernetes-version", "1.30"], /use one of 1\.35/],
    ["a key that is not there", ["--output", "x", "--sign", "nowhere.key"], /nowhere\.key: holds no private key/],
    ["a public key that is not there", ["--verify", "x", "--public-key", "nowhere"], /nowhere: cannot be read/],
    ["a folder that is no bundle", ["--verify", "nowhere"], /bundle\.json = "nowhere": .*no finished bundle/],
  ])("with %s ends with 2 and says what to do", async (_, args, message) => {
    expect(await isokube(...args)).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync("x")).toBe(false);
  });
});
