import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Artifact, Artifacts } from "../../../src/onprem/artifacts/artifacts.js";
import { placeArtifact } from "../../../src/onprem/artifacts/place.js";
import type { HostFacts } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { sha256Hex } from "../../../src/onprem/host/managed-file.js";
import { readMarker } from "../../../src/onprem/host/marker.js";
import { binaries } from "../../../src/onprem/phases/binaries.js";
import { claim } from "../../../src/onprem/phases/claim.js";
import { images } from "../../../src/onprem/phases/images.js";
import type { PhaseTools } from "../../../src/onprem/phases/phase.js";
import { registries } from "../../../src/onprem/phases/registries.js";
import type { Remote } from "../../../src/onprem/remote.js";
import { artifacts, clusterSpec, hostFacts, hostView, nodeSpec } from "../fixtures.js";
import { localRemote, replaceProgram } from "../local-remote.js";

let root: string;
let remote: Remote;
let tools: PhaseTools;
const path = (absolute: string): string => join(root, absolute);
const read = (absolute: string): string => readFileSync(path(absolute), "utf8");
const modeOf = (absolute: string): string => (statSync(path(absolute)).mode & 0o777).toString(8);

/** A server of files whose connection may break, and that may know nothing of parts of files. */
let server: Server;
let files: Record<string, Buffer>;
let requests: { url: string; range: string | undefined }[];
let faults: { cutAfter?: number; withoutRanges?: boolean };

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "isokube-host-"));
  remote = localRemote(root);
  tools = { remote, signal: new AbortController().signal, report: () => {} };
  files = {};
  requests = [];
  faults = {};
  server = createServer(({ url = "", headers }, response) => {
    requests.push({ url, range: headers.range });
    const content = files[url];
    if (content === undefined) return void response.writeHead(404).end();
    const from = faults.withoutRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= content.length) return void response.writeHead(416).end();
    const range = { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from, ...(from > 0 ? range : {}) });
    const { cutAfter } = faults;
    delete faults.cutAfter;
    if (cutAfter === undefined) return void response.end(content.subarray(from));
    response.write(content.subarray(from, from + cutAfter), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true });
});

const serve = (name: string, content: string | Buffer, promised: string | Buffer = content): Artifact => {
  files[`/${name}`] = Buffer.from(content);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  return { name, sha256: sha256Hex(promised), bytes: undefined, source: { kind: "url", url } };
};

describe("an artifact that the host fetches itself", () => {
  const place = "/opt/cni/bin/bridge";
  const leftBehind = () => readdirSync(path(hostPaths.downloads));

  test("gets its name once its digest was checked, and is not fetched again", async () => {
    const artifact = serve("bridge", "a program");
    await placeArtifact(artifact, place, 0o755, tools);
    await placeArtifact(artifact, place, 0o755, tools);
    expect({ content: read(place), mode: modeOf(place), asked: requests.length }).toEqual({
      content: "a program",
      mode: "755",
      asked: 1,
    });
    expect(leftBehind()).toEqual([]);
  });

  test("is not used when it is another one, and what was there stays", async () => {
    mkdirSync(path("/opt/cni/bin"), { recursive: true });
    writeFileSync(path(place), "the one before");
    const artifact = serve("bridge", "a program", "another program");
    await expect(placeArtifact(artifact, place, 0o755, tools)).rejects.toThrow(
      /^onprem\.hosts\.cp1 = "bridge": at http:.*\/bridge the host got a file with the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}, and did not use it/,
    );
    expect(read(place)).toBe("the one before");
    expect(leftBehind()).toEqual([]);
  });

  test("is continued where the connection broke", async () => {
    const content = "0123456789".repeat(1000);
    faults.cutAfter = 4000;
    await placeArtifact(serve("bridge", content), place, 0o755, tools);
    expect(read(place)).toBe(content);
    expect(requests.map(({ range }) => range)).toEqual([undefined, "bytes=4000-"]);
  });

  test.each([
    ["continues what a run that was killed left behind", "0123", ["bytes=4-"], {}],
    ["begins anew where what was left is of another file", "abcd", ["bytes=4-", undefined], {}],
    ["begins anew where what was left is longer", "0123456789x", ["bytes=11-", undefined], {}],
    ["begins anew where the server knows no parts", "0123", ["bytes=4-", undefined], { withoutRanges: true }],
    ["asks for nothing where all of it was left behind", "0123456789", [], {}],
  ])("%s", async (_, left, ranges, how) => {
    const artifact = serve("bridge", "0123456789");
    faults = how;
    mkdirSync(path(hostPaths.downloads), { recursive: true });
    writeFileSync(path(`${hostPaths.downloads}/${artifact.sha256}`), left);
    await placeArtifact(artifact, place, 0o755, tools);
    expect(read(place)).toBe("0123456789");
    expect(requests.map(({ range }) => range)).toEqual(ranges);
  });

  test("that is not there is an error with its address and what the host saw", async () => {
    const artifact = serve("bridge", "a program");
    files = {};
    await expect(placeArtifact(artifact, place, 0o755, tools)).rejects.toThrow(
      /^onprem\.hosts\.cp1 = "bridge": the host cannot fetch http:.*\/bridge: curl: \(22\) .*404.*onprem\.artifacts\.binaries/s,
    );
    expect(existsSync(path(place))).toBe(false);
  });
});

describe("plugins that come in an archive", () => {
  const members = ["bridge", "loopback"];
  const node = nodeSpec("cp1");
  const release = (content = "a plugin"): Artifacts => {
    const folder = path("/release");
    mkdirSync(folder, { recursive: true });
    for (const name of ["bridge", "loopback", "vlan"]) writeFileSync(join(folder, name), `${content}: ${name}`);
    // As upstream packs them: with `./`, and with more than is wanted.
    const packed = execFileSync("tar", ["-cz", "-C", folder, "."]);
    const none = { ...artifacts, cniPlugins: [], binaries: {} as Artifacts["binaries"] };
    return { ...none, cniArchive: { file: serve("plugins.tgz", packed), members } };
  };
  /** What a look at the host would find. */
  const facts = async (): Promise<HostFacts> => {
    const found = members.map((name) => `${hostPaths.cniPlugins}/${name}`).filter((file) => existsSync(path(file)));
    return hostFacts(node, {
      marker: await readMarker(remote),
      files: Object.fromEntries(found.map((file) => [file, { sha256: sha256Hex(read(file)), mode: 0o755 }])),
    });
  };
  const view = async (release: Artifacts) => {
    const kubernetes = { kubelet: serve("k", ""), kubeadm: serve("k", ""), kubectl: serve("k", "") };
    const present = Object.keys(kubernetes).map((name) => [
      `${hostPaths.binaries}/${name}`,
      { sha256: sha256Hex(""), mode: 0o755 },
    ]);
    const seen = await facts();
    return hostView(node, {
      artifacts: { ...release, binaries: kubernetes },
      facts: { ...seen, files: { ...seen.files, ...Object.fromEntries(present) } },
    });
  };

  test("are unpacked, and seen to be replaced or of another release afterwards", async () => {
    const first = release();
    await claim.run(hostView(node), tools);
    expect(binaries.needed(await view(first))).toBe("bridge, loopback are missing");
    await binaries.run(await view(first), tools);
    expect(readdirSync(path(hostPaths.cniPlugins)).sort()).toEqual(members);
    expect({ content: read(`${hostPaths.cniPlugins}/bridge`), mode: modeOf(`${hostPaths.cniPlugins}/bridge`) }).toEqual(
      {
        content: "a plugin: bridge",
        mode: "755",
      },
    );
    expect(readdirSync(path(hostPaths.downloads))).toEqual([]);
    expect(binaries.needed(await view(first))).toBeUndefined();

    writeFileSync(path(`${hostPaths.cniPlugins}/bridge`), "something else");
    expect(binaries.needed(await view(first))).toBe("bridge is another one");
    await binaries.run(await view(first), tools);
    expect(binaries.needed(await view(first))).toBeUndefined();

    const second = release("a newer plugin");
    expect(binaries.needed(await view(second))).toBe("bridge, loopback are of another release");
    await binaries.run(await view(second), tools);
    expect(binaries.needed(await view(second))).toBeUndefined();
    expect(read(`${hostPaths.cniPlugins}/loopback`)).toBe("a newer plugin: loopback");
  });

  test("are left as they are when the archive lacks one", async () => {
    await claim.run(hostView(node), tools);
    const { cniArchive, ...rest } = release();
    if (cniArchive === undefined) throw new Error("there is no archive");
    const wrong = { ...rest, cniArchive: { ...cniArchive, members: [...members, "portmap"] } };
    await expect(binaries.run(await view(wrong), tools)).rejects.toThrow(
      '"portmap": the archive plugins.tgz does not hold this program',
    );
    expect(readdirSync(path(hostPaths.cniPlugins))).toEqual([]);
  });
});

describe("a mirror of the registries", () => {
  const node = nodeSpec("worker1");
  const mirrored = clusterSpec({
    artifacts: {
      kind: "online",
      binaries: undefined,
      images: "registry.example.com:5000/all/images",
      digests: undefined,
    },
  });
  const file = `${hostPaths.containerdRegistries}/quay.io/hosts.toml`;

  test("stands for every registry of the cluster's own images, and for none when it is asked for no more", async () => {
    await claim.run(hostView(node), tools);
    mkdirSync(path(`${hostPaths.containerdRegistries}/quay.io`), { recursive: true });
    writeFileSync(path(file), "the administrator's\n");
    const bare = hostView(node, { cluster: mirrored });
    expect(registries.needed(bare)).toContain(`${file} is missing`);
    await registries.run(bare, tools);
    expect(readdirSync(path(hostPaths.containerdRegistries)).sort()).toEqual([
      "docker.io",
      "ghcr.io",
      "quay.io",
      "registry.k8s.io",
    ]);
    expect(read(file)).toMatchInlineSnapshot(`
      "# Written by isokube.
      server = "https://registry.example.com:5000/v2/all/images"
      capabilities = ["pull", "resolve"]
      override_path = true

      [host."https://registry.example.com:5000/v2/all/images"]
        capabilities = ["pull", "resolve"]
        override_path = true
      "
    `);

    const backup = `${hostPaths.backups}${file}`;
    const seen = async () =>
      hostFacts(node, {
        marker: await readMarker(remote),
        files: Object.fromEntries(
          [file, backup, `${hostPaths.containerdRegistries}/ghcr.io/hosts.toml`]
            .filter((each) => existsSync(path(each)))
            .map((each) => [each, { sha256: sha256Hex(read(each)), mode: 0o644 }]),
        ),
      });
    const without = hostView(node, { facts: await seen() });
    expect(registries.needed(without)).toBe("no mirror stands for ghcr.io, quay.io any more");
    await registries.run(without, tools);
    expect(read(file)).toBe("the administrator's\n");
    expect(existsSync(path(`${hostPaths.containerdRegistries}/ghcr.io/hosts.toml`))).toBe(false);
    expect(registries.needed(hostView(node, { facts: await seen() }))).toBeUndefined();
  });
});

describe("images that containerd pulls", () => {
  const online = { ...artifacts, imageArchives: [] };
  const pause = "registry.k8s.io/pause:3.10.1";
  const proxy = "registry.k8s.io/kube-proxy:v1.35.3";
  /** containerd's own client: knows what is there, pulls into it, and refuses what is named like this. */
  const ctr = (refused = "nothing") =>
    replaceProgram(
      root,
      "ctr",
      `case "$*" in
  *"images ls -q") cat ${root}/images 2> /dev/null || true ;;
  *"images pull --hosts-dir ${root}${hostPaths.containerdRegistries} "*${refused}*) echo "ctr: no such image" >&2; exit 1 ;;
  *"images pull"*) for image; do :; done; echo "$image" >> ${root}/images ;;
esac`,
    );
  const there = () => read("/images").trim().split("\n").sort();

  test("are those that a node of its role runs; kubeadm names the rest", async () => {
    ctr();
    mkdirSync(path(hostPaths.binaries), { recursive: true });
    const list = `[ "$*" = "config images list --kubernetes-version v1.35.3" ] && echo registry.k8s.io/etcd:3.6.6-0`;
    writeFileSync(path(`${hostPaths.binaries}/kubeadm`), `#!/bin/sh\n${list}\n`, { mode: 0o755 });
    const worker = hostView(nodeSpec("worker1"), { artifacts: online });
    expect(images.needed(worker)).toBe(`${proxy}, ${pause} not there`);
    await images.run(worker, tools);
    expect(there()).toEqual([proxy, pause].sort());
    const control = hostView(nodeSpec("cp1"), { artifacts: online });
    expect(images.needed(control)).toBe("5 images are not there");
    await images.run(control, tools);
    expect(there()).toHaveLength(6);
    expect(there()).toContain("registry.k8s.io/etcd:3.6.6-0");
    const after = hostView(nodeSpec("cp1"), {
      artifacts: online,
      facts: hostFacts(nodeSpec("cp1"), { images: there() }),
    });
    expect(images.needed(after)).toBeUndefined();
  });

  test("that cannot be pulled are an error with the first one's name and reason", async () => {
    ctr("kube-proxy");
    const worker = hostView(nodeSpec("worker1"), { artifacts: online });
    await expect(images.run(worker, tools)).rejects.toThrow(
      `onprem.hosts.worker1 = "${proxy}": the host cannot pull it: ctr: no such image. Fix: let the host reach the registry`,
    );
  });
});
