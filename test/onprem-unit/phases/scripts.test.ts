import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Artifact } from "../../../src/onprem/artifacts/artifacts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { keepOriginal } from "../../../src/onprem/host/keep-original.js";
import { sha256Hex } from "../../../src/onprem/host/managed-file.js";
import { readMarker, rememberOriginals, updateMarker } from "../../../src/onprem/host/marker.js";
import { binaries, placeBinary } from "../../../src/onprem/phases/binaries.js";
import { claim } from "../../../src/onprem/phases/claim.js";
import { encryptionKey } from "../../../src/onprem/phases/encryption-key.js";
import { packages } from "../../../src/onprem/phases/packages.js";
import type { PhaseTools } from "../../../src/onprem/phases/phase.js";
import { changeService } from "../../../src/onprem/phases/service.js";
import type { Remote } from "../../../src/onprem/remote.js";
import { artifacts, clusterSpec, hostFacts, hostView, nodeSpec } from "../fixtures.js";
import { localRemote, replaceProgram } from "../local-remote.js";

let root: string;
let remote: Remote;
let tools: PhaseTools;
const view = hostView(nodeSpec("cp1"));
const path = (absolute: string): string => join(root, absolute);
const read = (absolute: string): string => readFileSync(path(absolute), "utf8");
const modeOf = (absolute: string): string => (statSync(path(absolute)).mode & 0o777).toString(8);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "isokube-host-"));
  remote = localRemote(root);
  tools = { remote, signal: new AbortController().signal, report: () => {} };
});
afterEach(() => rmSync(root, { recursive: true }));

describe("claiming a host", () => {
  test("writes whose it is, for root alone", async () => {
    await claim.run(view, tools);
    expect(await readMarker(remote)).toMatchObject({ cluster: "shop", node: "cp1", state: "joining", restore: {} });
    expect(modeOf(hostPaths.marker)).toBe("600");
    expect(readdirSync(path("/etc/isokube"))).toEqual(["node.json"]);
  });

  test("again changes nothing of what was noted since", async () => {
    await claim.run(view, tools);
    await updateMarker(remote, (marker) => ({ ...marker, state: "member" }));
    await claim.run(view, tools);
    expect((await readMarker(remote))?.state).toBe("member");
  });

  test("at the same moment for two clusters, one of them wins", async () => {
    const others = ["bank", "mill", "farm"].map((name) => ({ ...view, cluster: clusterSpec({ name }) }));
    const ends = await Promise.allSettled([view, ...others].map((each) => claim.run(each, tools)));
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [lost] = ends.filter((end) => end.status === "rejected");
    expect(String(lost?.reason)).toMatch(/onprem\.hosts\.cp1 = "10\.1\.0\.1": the host is node cp1 of cluster /);
  });

  test("whose marker cannot be read is refused", async () => {
    mkdirSync(path("/etc/isokube"), { recursive: true });
    writeFileSync(path(hostPaths.marker), "{");
    await expect(claim.run(view, tools)).rejects.toThrow("cannot be read");
    expect(read(hostPaths.marker)).toBe("{");
  });
});

describe("what a host was like before", () => {
  beforeEach(() => claim.run(view, tools));

  test("is what was noted first", async () => {
    await rememberOriginals(remote, { "sysctl net.ipv4.ip_forward": "0" });
    const marker = await rememberOriginals(remote, { "sysctl net.ipv4.ip_forward": "1", "file /etc/none": "" });
    expect(marker.restore).toEqual({ "sysctl net.ipv4.ip_forward": "0", "file /etc/none": "" });
  });

  test("is kept as a copy of a file, once, with its mode", async () => {
    const file = hostPaths.containerdConfiguration;
    mkdirSync(path("/etc/containerd"), { recursive: true });
    writeFileSync(path(file), "original");
    chmodSync(path(file), 0o640);
    await keepOriginal(remote, file);
    writeFileSync(path(file), "isokube's own");
    await keepOriginal(remote, file);
    const backup = (await readMarker(remote))?.restore[`file ${file}`] ?? "";
    expect(backup).toBe(`${hostPaths.backups}${file}`);
    expect({ content: read(backup), mode: modeOf(backup) }).toEqual({ content: "original", mode: "640" });
  });

  test("is that there was no such file", async () => {
    await keepOriginal(remote, "/etc/none");
    expect((await readMarker(remote))?.restore).toEqual({ "file /etc/none": "" });
  });
});

test("the key that Secrets are encrypted with is made once, for root alone", async () => {
  const file = hostPaths.encryption;
  await encryptionKey.run(view, tools);
  const made = read(file);
  expect(made).toMatch(
    /secretbox:\n {10}keys:\n {12}- name: isokube-1\n {14}secret: [A-Za-z0-9+/]{43}=\n {6}- identity: \{\}\n$/,
  );
  expect(modeOf(file)).toBe("600");
  chmodSync(path(file), 0o644);
  await encryptionKey.run(view, tools);
  expect({ content: read(file), mode: modeOf(file) }).toEqual({ content: made, mode: "600" });
});

test("packages that a bundle cannot bring are named", async () => {
  const cluster = clusterSpec({ artifacts: { kind: "bundle", directory: "bundle", publicKeyFile: undefined } });
  const facts = hostFacts(view.node, { packages: { containerd: "1.6.20" } });
  await expect(packages.run({ ...view, cluster, facts }, tools)).rejects.toThrow(
    'onprem.hosts.cp1 = "conntrack haproxy keepalived": these packages are not installed, and a cluster from a bundle reaches no repository',
  );
});

test("programs that are one file are sent once and linked", async () => {
  const from = path("/one-program");
  writeFileSync(from, "a program");
  const sha256 = sha256Hex("a program");
  let sent = 0;
  const counting: Remote = {
    ...remote,
    async upload(file) {
      sent += 1;
      await remote.upload(file);
    },
  };
  const one = (name: string): Artifact => ({ name, sha256, bytes: 9, source: { kind: "file", path: from } });
  const kubernetes = { kubelet: one("kubelet"), kubeadm: one("kubeadm"), kubectl: one("kubectl") };
  await binaries.run(
    { ...view, artifacts: { ...artifacts, binaries: kubernetes, cniPlugins: [] } },
    { ...tools, remote: counting },
  );
  expect(sent).toBe(1);
  expect(readdirSync(path(hostPaths.binaries)).sort()).toEqual(["kubeadm", "kubectl", "kubelet"]);
  expect(statSync(path("/usr/local/bin/kubectl")).ino).toBe(statSync(path("/usr/local/bin/kubelet")).ino);
});

test("a program that is linked already stays, for the run after one that was cut off", async () => {
  mkdirSync(path(hostPaths.binaries), { recursive: true });
  const [kubelet, kubeadm] = ["/usr/local/bin/kubelet", "/usr/local/bin/kubeadm"];
  writeFileSync(path(kubelet), "a program");
  linkSync(path(kubelet), path(kubeadm));
  const source = { kind: "file", path: "/not there" } as const;
  const artifact: Artifact = { name: "kubeadm", sha256: sha256Hex("a program"), bytes: 9, source };
  await placeBinary({ artifact, path: kubeadm, alike: [kubelet] }, tools);
  expect(statSync(path(kubeadm)).ino).toBe(statSync(path(kubelet)).ino);
  expect({ content: read(kubeadm), mode: modeOf(kubeadm) }).toEqual({ content: "a program", mode: "755" });
  expect(readdirSync(path(hostPaths.binaries)).sort()).toEqual(["kubeadm", "kubelet"]);
});

describe("a service whose files change", () => {
  const files = [
    { path: "/etc/one.conf", content: "one = 'ä'\n", mode: 0o644 },
    { path: "/etc/deep/two.conf", content: "", mode: 0o600 },
  ];
  const told = (): string[] => read("/told").trim().split("\n");
  beforeEach(() => replaceProgram(root, "systemctl", `echo "$@" >> ${root}/told`));

  test("is told once they are there, each with its content and mode", async () => {
    await changeService(tools, { service: "thing", files, verb: "restart" });
    expect(files.map(({ path: file }) => ({ content: read(file), mode: modeOf(file) }))).toEqual([
      { content: "one = 'ä'\n", mode: "644" },
      { content: "", mode: "600" },
    ]);
    expect(told().filter((line) => /daemon-reload|enable|restart|is-active/.test(line))).toEqual([
      "daemon-reload",
      "enable thing",
      "restart thing",
      "is-active --quiet thing",
    ]);
    expect(readdirSync(path("/etc"))).toEqual(["deep", "one.conf"]);
  });

  test("is not told of files that were refused, and they do not stay", async () => {
    const change = { service: "thing", files, verb: "restart", check: 'grep -q nonsense "$1"' } as const;
    await expect(changeService(tools, change)).rejects.toThrow("exit 1");
    expect(existsSync(path("/told"))).toBe(false);
    expect(existsSync(path("/etc/one.conf"))).toBe(false);
  });

  test("that does not come up is a failure", async () => {
    replaceProgram(root, "systemctl", '[ "$1" != is-active ]');
    await expect(changeService(tools, { service: "thing", files, verb: "start" })).rejects.toThrow("exit 1");
    await changeService(tools, { service: "thing", files, verb: "try-restart" });
  });
});
