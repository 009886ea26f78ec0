import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ValidationError } from "../../../src/core/validation.js";
import { type BundleManifest, parseBundle } from "../../../src/onprem/artifacts/bundle.js";
import { bundleArtifacts } from "../../../src/onprem/artifacts/from-bundle.js";
import { checkBundleFile, openBundle } from "../../../src/onprem/artifacts/read-bundle.js";

const digest = createHash("sha256").update("program").digest("hex");
const manifest: BundleManifest = {
  formatVersion: 1,
  kubernetesVersion: "1.35.3",
  platform: "linux-amd64",
  createdWith: "isokube 0.1.0",
  files: [
    {
      path: "bin/kubernetes-node",
      sha256: digest,
      bytes: 7,
      kind: "binary",
      version: "1.35.3",
      links: ["kubelet", "kubeadm"],
    },
    { path: "cni/bridge", sha256: digest, bytes: 7, kind: "cni-plugin", version: "1.9.1" },
    { path: "images/node.tar", sha256: digest, bytes: 7, kind: "images", version: "1.35.3" },
  ],
  images: [{ name: "registry.k8s.io/pause:3.10.1", file: "images/node.tar", digest: `sha256:${digest}` }],
  packages: [{ distro: "debian", names: ["containerd", "libstdc++6"] }],
};

function problemsOf(value: unknown): readonly string[] {
  try {
    parseBundle(typeof value === "string" ? value : JSON.stringify(value));
  } catch (error) {
    if (error instanceof ValidationError) return error.problems.map(({ code, path }) => `${code} ${path}`);
    throw error;
  }
  return [];
}

/** The list as somebody could have written it: anything, anywhere. */
interface LooseList {
  formatVersion: unknown;
  fils?: unknown;
  files: Record<"path" | "sha256" | "links", unknown>[];
  images: Record<"name" | "file", unknown>[];
  packages: Record<"names", unknown>[];
}

function changed(change: (copy: LooseList) => void): unknown {
  const copy: LooseList = JSON.parse(JSON.stringify(manifest));
  change(copy);
  return copy;
}

/** Sets one property of one entry. */
function set<K extends string>(entries: Record<K, unknown>[], index: number, key: K, value: unknown): void {
  const entry = entries[index];
  if (entry !== undefined) entry[key] = value;
}

describe("parseBundle", () => {
  test("gives each program under the names by which it is started", () => {
    const bundle = parseBundle(JSON.stringify(manifest));
    expect([...bundle.binaries.keys()]).toEqual(["kubelet", "kubeadm"]);
    expect(bundle.binaries.get("kubeadm")).toMatchObject({
      program: "kubernetes-node",
      version: "1.35.3",
      file: { path: "bin/kubernetes-node" },
    });
    expect(bundle.cniPlugins.get("bridge")?.program).toBe("bridge");
    expect(bundle.images.get("registry.k8s.io/pause:3.10.1")?.file).toBe("images/node.tar");
  });

  test.each<[string, unknown, readonly string[]]>([
    ["no JSON", "{", ["bundle/not-json bundle.json"]],
    ["a list", [], ["shape/wrong-type args"]],
    ["a later format", changed((c) => (c.formatVersion = 2)), ["bundle/format-version formatVersion"]],
    ["a property nobody knows", changed((c) => (c.fils = [])), ["shape/unknown-property fils"]],
    [
      "a path out of its folder",
      changed((c) => set(c.files, 0, "path", "bin/../x")),
      ["bundle/malformed files[0].path"],
    ],
    ["an absolute path", changed((c) => set(c.files, 0, "path", "/bin/sh")), ["bundle/malformed files[0].path"]],
    ["a name with a space", changed((c) => set(c.files, 0, "links", ["a b"])), ["bundle/malformed files[0].links[0]"]],
    [
      "an option as a package",
      changed((c) => set(c.packages, 0, "names", ["-y"])),
      ["bundle/malformed packages[0].names[0]"],
    ],
    ["a short digest", changed((c) => set(c.files, 1, "sha256", "ab")), ["bundle/malformed files[1].sha256"]],
    ["an image without a tag", changed((c) => set(c.images, 0, "name", "pause")), ["bundle/malformed images[0].name"]],
    [
      "an archive that is no file",
      changed((c) => set(c.images, 0, "file", "images/x.tar")),
      ["bundle/no-archive images[0].file"],
    ],
    ["a file twice", changed((c) => c.files.push(...c.files.slice(1, 2))), ["bundle/twice files[3].path"]],
    [
      "a link twice",
      changed((c) => set(c.files, 0, "links", ["kubelet", "kubelet"])),
      ["bundle/twice files[0].links[1]"],
    ],
    ["an image twice", changed((c) => c.images.push(...c.images)), ["bundle/twice images[1].name"]],
  ])("refuses %s", (_, value, problems) => {
    expect(problemsOf(value)).toEqual(problems);
  });
});

describe("what hosts are made of", () => {
  test("comes from the bundle, with one file for programs that are one", () => {
    const whole = changed((list) => {
      set(list.files, 0, "links", ["kubelet", "kubeadm", "kubectl"]);
      list.files.push({ ...manifest.files[2], path: "images/control-plane.tar", links: undefined, sha256: digest });
      list.images.push({
        ...manifest.images[0],
        name: "registry.k8s.io/etcd:3.6.6-0",
        file: "images/control-plane.tar",
      });
    });
    const artifacts = bundleArtifacts("/bundle", parseBundle(JSON.stringify(whole)));
    expect(artifacts).toMatchObject({
      kubernetesVersion: "1.35.3",
      binaries: {
        kubelet: { name: "kubelet", bytes: 7, source: { kind: "file", path: "/bundle/bin/kubernetes-node" } },
        kubectl: { name: "kubectl", sha256: digest },
      },
      cniPlugins: [{ name: "bridge", source: { path: "/bundle/cni/bridge" } }],
    });
    expect(
      artifacts.imageArchives.map(({ file, images, controlPlaneOnly }) => [file.name, images, controlPlaneOnly]),
    ).toEqual([
      ["images/node.tar", ["registry.k8s.io/pause:3.10.1"], false],
      ["images/control-plane.tar", ["registry.k8s.io/etcd:3.6.6-0"], true],
    ]);
  });

  test("are not what a bundle without kubectl gives", () => {
    expect(() => bundleArtifacts("/bundle", parseBundle(JSON.stringify(manifest)))).toThrow(
      /files = "kubectl": no file/,
    );
  });
});

describe("a bundle on the disk", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "isokube-bundle-"));
    writeFileSync(join(directory, "bundle.json"), JSON.stringify(manifest));
    const signature = sign(undefined, Buffer.from(JSON.stringify(manifest)), privateKey).toString("base64");
    writeFileSync(join(directory, "bundle.json.sig"), `${signature}\n`);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("is read when the key's signature is right", () => {
    expect(openBundle(directory, pem).manifest).toEqual(manifest);
  });

  const other = (kind: "ed25519" | "x25519") =>
    (kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519")).publicKey
      .export({ type: "spki", format: "pem" })
      .toString();
  const write = (file: string, content: string) => writeFileSync(join(directory, file), content);

  test.each<[string, string | undefined, () => void, string]>([
    ["is not there", undefined, () => rmSync(join(directory, "bundle.json")), "bundle/missing"],
    ["was changed", pem, () => write("bundle.json", JSON.stringify({ ...manifest, files: [] })), "bundle/signature"],
    ["is not signed", pem, () => rmSync(join(directory, "bundle.json.sig")), "bundle/unsigned"],
    ["has nonsense as its signature", pem, () => write("bundle.json.sig", "!!"), "bundle/signature"],
    ["another key signed", other("ed25519"), () => undefined, "bundle/signature"],
    ["is checked with a key of another kind", other("x25519"), () => undefined, "bundle/public-key"],
    ["is checked with what is no key", "hello", () => undefined, "bundle/public-key"],
  ])("that %s is refused", (_, key, change, code) => {
    change();
    expect(() => openBundle(directory, key)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ code })] }),
    );
  });

  test.each<[string, string | undefined, readonly string[]]>([
    ["as listed", "program", []],
    ["missing", undefined, ["bundle/missing-file"]],
    ["cut off", "prog", ["bundle/wrong-size"]],
    ["changed", "PROGRAM", ["bundle/wrong-digest"]],
  ])("tells of a file that is %s", async (_, content, codes) => {
    mkdirSync(join(directory, "cni"));
    if (content !== undefined) writeFileSync(join(directory, "cni", "bridge"), content);
    const file = manifest.files[1];
    if (file === undefined) throw new Error("the list has no second file");
    expect((await checkBundleFile(directory, file)).map(({ code }) => code)).toEqual(codes);
  });
});
