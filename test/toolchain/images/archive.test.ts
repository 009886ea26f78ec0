import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ArchiveRecipe,
  addonArchive,
  addonNames,
  clusterArchives,
  partsOf,
} from "../../../toolchain/images/recipes.js";
import { writeImageArchive } from "../../../toolchain/images/write-archive.js";
import type { PartName } from "../../../toolchain/names.js";
import { defaultParts } from "../../../toolchain/parts.js";
import { resolveKubernetesRelease } from "../../../toolchain/versions.js";

const release = resolveKubernetesRelease("1.35");
const [controlPlane, node] = clusterArchives(release) as [ArchiveRecipe, ArchiveRecipe];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "isokube-images-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The least that counts as a static Linux program, told apart by what follows; `loader` makes it ask for libraries. */
function program(name: string, loader = false): string {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01", "latin1");
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(loader ? 3 : 1);
  const path = join(directory, name);
  writeFileSync(path, Buffer.concat([header, segment, Buffer.from(name)]));
  return path;
}

/** Every part as a program of its own. */
function separateParts(recipe: ArchiveRecipe): Map<PartName, string> {
  return new Map(partsOf([recipe]).map((name) => [name, program(name)]));
}

/** The archive as real tar unpacks it. */
async function written(recipe: ArchiveRecipe, paths: ReadonlyMap<PartName, string>) {
  const file = join(directory, "out", "images.tar");
  const archive = await writeImageArchive(file, recipe, paths);
  const unpacked = mkdtempSync(join(directory, "unpacked-"));
  execFileSync("tar", ["-xf", file, "-C", unpacked]);
  const blob = (digest: string) => join(unpacked, "blobs", digest.replace(":", "/"));
  const json = (digest: string) => JSON.parse(readFileSync(blob(digest), "utf8"));
  const index = JSON.parse(readFileSync(join(unpacked, "index.json"), "utf8"));
  const image = (name: string) => {
    const entry = index.manifests.find(
      (manifest: { annotations: Record<string, string> }) => manifest.annotations["io.containerd.image.name"] === name,
    );
    const manifest = json(entry.digest);
    const layers: string[] = manifest.layers.map(({ digest }: { digest: string }) => digest);
    const list = layers.flatMap((digest) =>
      execFileSync("tar", ["-tvf", blob(digest)], { encoding: "utf8" })
        .trim()
        .split("\n"),
    );
    return { digest: entry.digest, config: json(manifest.config.digest), layers, list };
  };
  return { file, archive, blob, index, image };
}

describe("an archive of images", () => {
  test("holds what its digests say, under the names that kubeadm asks for", async () => {
    const { file, archive, blob, index, image } = await written(controlPlane, separateParts(controlPlane));
    expect(archive.images.map(({ name }) => name)).toEqual([
      "registry.k8s.io/kube-apiserver:v1.35.3",
      "registry.k8s.io/kube-controller-manager:v1.35.3",
      "registry.k8s.io/kube-scheduler:v1.35.3",
      "registry.k8s.io/etcd:3.6.6-0",
    ]);
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(archive.sha256);
    expect(readFileSync(file).length).toBe(archive.bytes);
    for (const { name, digest } of archive.images) {
      const found = image(name);
      expect(found.digest).toBe(digest);
      expect(found.config.rootfs.diff_ids).toEqual(found.layers);
      for (const layer of [digest, ...found.layers]) {
        expect(
          `sha256:${createHash("sha256")
            .update(readFileSync(blob(layer)))
            .digest("hex")}`,
        ).toBe(layer);
      }
    }
    expect(index.manifests).toHaveLength(4);
    expect(image("registry.k8s.io/etcd:3.6.6-0").list.at(-1)).toMatch(/^-rwxr-xr-x 0\/0 .* usr\/local\/bin\/etcd$/);
  });

  test("stores programs that are one executable once, with a link for each name", async () => {
    const shared = program("kubernetes");
    const paths = new Map<PartName, string>([["etcd-server", program("etcd-server")]]);
    mkdirSync(join(directory, "links"));
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const) {
      const link = join(directory, "links", name);
      symlinkSync(shared, link);
      paths.set(name, link);
    }
    const { image } = await written(controlPlane, paths);
    const server = image("registry.k8s.io/kube-apiserver:v1.35.3");
    const scheduler = image("registry.k8s.io/kube-scheduler:v1.35.3");
    expect(server.layers).toEqual(scheduler.layers);
    expect(server.digest).not.toBe(scheduler.digest);
    expect(server.config.config.Entrypoint).toEqual(["/usr/local/bin/kube-apiserver"]);
    expect(server.list.join("\n")).toMatch(/-rwxr-xr-x .* usr\/local\/bin\/kubernetes\n/);
    expect(server.list.join("\n")).toContain("usr/local/bin/kube-scheduler -> kubernetes");
  });

  test("is the same for the same programs, and another for others", async () => {
    const first = await written(node, separateParts(node));
    const second = await written(node, separateParts(node));
    expect(second.archive).toEqual(first.archive);
    const changed = separateParts(node);
    changed.set("coredns", program("another"));
    const third = await written(node, changed);
    const differing = third.archive.images.filter(
      ({ digest }, index) => digest !== first.archive.images[index]?.digest,
    );
    expect(differing.map(({ name }) => name)).toEqual(["registry.k8s.io/coredns/coredns:v1.13.1"]);
  });

  test("lets CoreDNS listen on port 53 without being root", async () => {
    const { image } = await written(node, separateParts(node));
    const { config, list, layers } = image("registry.k8s.io/coredns/coredns:v1.13.1");
    expect(config.config).toMatchObject({ User: "65532:65532", Entrypoint: ["/coredns"] });
    expect(list.join("\n")).toMatch(/ coredns$/m);
    expect(layers).toHaveLength(2);
  });

  test("gives kube-proxy and kube-router the host's firewall programs, in one layer", async () => {
    const { image } = await written(node, separateParts(node));
    const proxy = image("registry.k8s.io/kube-proxy:v1.35.3");
    const router = image("docker.io/cloudnativelabs/kube-router:v2.6.3");
    expect(proxy.list.join("\n")).toContain("usr/sbin/nft -> /usr/local/bin/host-exec");
    expect(router.list.join("\n")).toContain("usr/sbin/ipset -> /usr/local/bin/host-exec");
    // Its init container is started by this path.
    expect(router.list.join("\n")).toContain("bin/sh -> /usr/local/bin/host-exec");
    expect(proxy.layers.at(-1)).toBe(router.layers.at(-1));
  });

  test("refuses a program that needs libraries, and leaves nothing behind", async () => {
    const paths = separateParts(node).set("pause", program("pause", true));
    await expect(written(node, paths)).rejects.toMatchObject({
      problems: [{ code: "toolchain/not-static", path: "pause", fix: expect.stringContaining("ISOKUBE_DOWNLOADS") }],
    });
    expect(existsSync(join(directory, "out"))).toBe(false);
  });
});

describe("the recipes", () => {
  test.each(["1.35", "1.36"])("name every image once, with a version and absolute entries (%s)", (minor) => {
    const asked = resolveKubernetesRelease(minor);
    const archives = [...clusterArchives(asked), ...addonNames.map((name) => addonArchive(name, asked))];
    const images = archives.flatMap((archive) => archive.images);
    expect(new Set(images.map(({ name }) => name)).size).toBe(images.length);
    for (const { name, version, config } of images) {
      expect(name).toContain(version);
      expect(config.Entrypoint?.[0]).toMatch(/^\//);
    }
    expect(partsOf(archives)).toContain("host-exec");
    expect(partsOf(archives).filter((part) => defaultParts.includes(part))).toEqual([
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "metrics-server",
    ]);
  });
});
