import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { command, removeFolder } from "./commands.js";

export interface ImageRequest {
  /** `registry.k8s.io/pause:3.10`. */
  readonly name: string;
  /** Path in the image by file on this machine; programs must be static, there is nothing else in the image. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

/** Writes an image that `ctr images import` takes: one layer with some programs in it. No registry is asked. */
export async function writeImage(archive: string, { name, files, entrypoint }: ImageRequest): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "isokube-image-"));
  try {
    for (const [path, file] of Object.entries(files)) {
      const place = join(work, "root", path);
      mkdirSync(dirname(place), { recursive: true });
      copyFileSync(file, place);
    }
    mkdirSync(join(work, "image"));
    const layer = join(work, "image", "layer.tar");
    const plain = ["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--sort=name"];
    await command(["tar", "-C", join(work, "root"), ...plain, "-cf", layer, "."]);
    const digest = createHash("sha256").update(readFileSync(layer)).digest("hex");
    const architecture = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch;
    const config = {
      architecture,
      os: "linux",
      config: { Entrypoint: entrypoint, Env: ["PATH=/"] },
      rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    };
    writeFileSync(join(work, "image", "config.json"), JSON.stringify(config));
    const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
    writeFileSync(join(work, "image", "manifest.json"), JSON.stringify(manifest));
    await command(["tar", "-C", join(work, "image"), "-cf", archive, "manifest.json", "config.json", "layer.tar"]);
  } finally {
    await removeFolder(work);
  }
}
