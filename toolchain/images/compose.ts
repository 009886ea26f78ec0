import { createReadStream, realpathSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { ToolchainError } from "../errors.js";
import type { PartName } from "../names.js";
import type { Image, Layer } from "./oci-archive.js";
import type { ArchiveRecipe, ImageProgram, ImageRecipe } from "./recipes.js";
import { isStatic } from "./static-program.js";
import type { TarEntry } from "./tar.js";

/** Where each part's executable is. */
export type PartPaths = ReadonlyMap<PartName, string>;

/**
 * The images of an archive from the parts that were got. Parts that are one
 * executable with several names become one layer with links, which their images share.
 *
 * @throws ToolchainError for a program that needs libraries, which no image has
 */
export function composeImages(archive: ArchiveRecipe, paths: PartPaths): readonly Image[] {
  const programs = archive.images.flatMap((recipe) => recipe.programs);
  const layers = new Map<string, Layer>();
  const once = (key: string, make: () => Layer): Layer => {
    const layer = layers.get(key) ?? make();
    layers.set(key, layer);
    return layer;
  };
  const hostPrograms = (names: readonly string[]) => once(`host: ${names.join()}`, () => hostLayer(names, paths));
  return archive.images.map((recipe) => ({
    name: recipe.name,
    config: { ...recipe.config, Labels: labels(recipe) },
    layers: [
      ...(recipe.base ? [once("base", () => baseLayer)] : []),
      ...[...new Set(recipe.programs.map(({ part }) => realPath(part, paths)))].map((file) =>
        once(file, () =>
          programLayer(
            file,
            programs.filter(({ part }) => realPath(part, paths) === file),
          ),
        ),
      ),
      ...(recipe.hostPrograms === undefined ? [] : [hostPrograms(recipe.hostPrograms)]),
    ],
  }));
}

function labels({ version, programs }: ImageRecipe): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.title": programs[0]?.part ?? "",
    "org.opencontainers.image.version": version,
  };
}

function realPath(part: PartName, paths: PartPaths): string {
  const path = paths.get(part);
  if (path === undefined) throw new Error(`${part} was not got`);
  return realpathSync(path);
}

const baseLayer: Layer = [
  directory("etc"),
  text(
    "etc/passwd",
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
  ),
  text("etc/group", "root:x:0:\nnonroot:x:65532:\nnobody:x:65534:\n"),
  text("etc/nsswitch.conf", "hosts: files dns\n"),
  { path: "tmp", mode: 0o1777, content: { kind: "directory" } },
];

/** One executable, under the path of its only program or under its own name with links. */
function programLayer(file: string, programs: readonly ImageProgram[]): Layer {
  const [first] = programs;
  if (first === undefined) throw new Error(`${file} is no program of an image`);
  if (programs.length === 1) {
    return [...foldersOf(first.path), executable(file, first.path, first.bindsLowPorts === true)];
  }
  const folder = dirname(first.path);
  return [
    ...foldersOf(first.path),
    executable(file, `${folder}/${basename(file)}`, false),
    ...programs.map(({ path }) => link(path, basename(file))),
  ];
}

function hostLayer(names: readonly string[], paths: PartPaths): Layer {
  const program = "usr/local/bin/host-exec";
  return [
    ...foldersOf(program),
    executable(realPath("host-exec", paths), program, false),
    directory("usr/sbin"),
    ...names.map((name) => link(`usr/sbin/${name}`, `/${program}`)),
    // Manifests name the shell by its path.
    ...(names.includes("sh") ? [directory("bin"), link("bin/sh", `/${program}`)] : []),
  ];
}

function foldersOf(path: string): readonly TarEntry[] {
  const folders = dirname(path).split("/");
  if (folders[0] === ".") return [];
  return folders.map((_, index) => directory(folders.slice(0, index + 1).join("/")));
}

function directory(path: string): TarEntry {
  return { path, mode: 0o755, content: { kind: "directory" } };
}

function text(path: string, content: string): TarEntry {
  return { path, mode: 0o644, content: { kind: "file", content: Buffer.from(content) } };
}

function link(path: string, target: string): TarEntry {
  return { path, mode: 0o777, content: { kind: "link", target } };
}

/** `cap_net_bind_service=ep` as the kernel keeps it: revision 2 and "effective", then the permitted capabilities. */
const bindsLowPorts = Uint8Array.from([0x01, 0, 0, 0x02, 0, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

function executable(file: string, path: string, lowPorts: boolean): TarEntry {
  if (!isStatic(file)) {
    throw new ToolchainError([
      {
        code: "toolchain/not-static",
        path: basename(path),
        value: file,
        why: "it is no Linux program that runs without libraries, and an image has none",
        fix: "remove it from ISOKUBE_DOWNLOADS (or set that to off), so that the part is built",
      },
    ]);
  }
  return {
    path,
    mode: 0o755,
    ...(lowPorts ? { attributes: { "security.capability": bindsLowPorts } } : {}),
    content: { kind: "file", content: { bytes: statSync(file).size, read: () => createReadStream(file) } },
  };
}
