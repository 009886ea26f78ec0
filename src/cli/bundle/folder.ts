import { createHash, type KeyObject, sign } from "node:crypto";
import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  type ArchiveRecipe,
  cacheDirectory,
  type LockOptions,
  withLock,
  writeImageArchive,
} from "../../../toolchain/index.js";
import {
  type BundleFile,
  type BundleManifest,
  bundleFile,
  bundleSignatureFile,
  parseBundle,
} from "../../onprem/artifacts/bundle.js";
import { measureFile, openBundle, readIfAny } from "../../onprem/artifacts/read-bundle.js";

/** What one archive of images came to. */
export interface BundledImages {
  readonly file: BundleFile;
  readonly images: BundleManifest["images"];
}

/**
 * The folder of a bundle while it is written. Whoever reads it meanwhile finds
 * what its list says, or no list: each file gets its name when it is whole, and
 * the list goes before the first file that differs from it takes its place.
 */
export class BundleFolder {
  readonly #directory: string;
  /** Digests by path, as the list in the folder says; empty when there is none. */
  #listed: ReadonlyMap<string, string>;

  constructor(directory: string) {
    this.#directory = directory;
    this.#listed = listedDigests(directory);
  }

  /** Copies, and never links: whoever changes a bundle must not change the cache. */
  async copy(path: string, source: string, kind: BundleFile["kind"], version: string): Promise<BundleFile> {
    const draft = this.#draftOf(path);
    copyFileSync(source, draft, constants.COPYFILE_FICLONE);
    chmodSync(draft, 0o755);
    const file: BundleFile = { path, ...(await measureFile(draft)), kind, version };
    this.#put(file, draft);
    return file;
  }

  /** @param parts paths of the executables that the images are made of */
  async writeImages(
    archive: ArchiveRecipe,
    parts: Parameters<typeof writeImageArchive>[2],
    signal: AbortSignal,
  ): Promise<BundledImages> {
    const path = `images/${archive.name}.tar`;
    const draft = this.#draftOf(path);
    const { sha256, bytes, images } = await writeImageArchive(draft, archive, parts, signal);
    const file: BundleFile = { path, sha256, bytes, kind: "images", version: archive.version };
    this.#put(file, draft);
    return { file, images: images.map(({ name, digest }) => ({ name, file: path, digest })) };
  }

  /** Comes last. A signature that does not belong to this list, or that nobody asked for, is removed. */
  writeList(manifest: BundleManifest, privateKey: KeyObject | undefined): void {
    const content = `${JSON.stringify(manifest, undefined, 2)}\n`;
    // A list that its own reader refuses would only be noticed where nothing can be mended.
    parseBundle(content);
    const isThere = readIfAny(join(this.#directory, bundleFile))?.toString("utf8") === content;
    if (!isThere) this.#withdrawList();
    if (privateKey === undefined) this.#remove(bundleSignatureFile);
    else this.#write(bundleSignatureFile, `${sign(undefined, Buffer.from(content), privateKey).toString("base64")}\n`);
    if (!isThere) this.#write(bundleFile, content);
  }

  #put({ path, sha256 }: BundleFile, draft: string): void {
    if (this.#listed.get(path) !== sha256) this.#withdrawList();
    renameSync(draft, join(this.#directory, path));
  }

  #withdrawList(): void {
    this.#remove(bundleFile);
    this.#remove(bundleSignatureFile);
    this.#listed = new Map();
  }

  #draftOf(path: string): string {
    const draft = join(this.#directory, `${path}.partial`);
    mkdirSync(dirname(draft), { recursive: true });
    return draft;
  }

  #write(name: string, content: string): void {
    const draft = this.#draftOf(name);
    writeFileSync(draft, content);
    renameSync(draft, join(this.#directory, name));
  }

  #remove(name: string): void {
    rmSync(join(this.#directory, name), { force: true });
  }
}

/**
 * Runs `work` while no other run of this user writes into the folder. The lock
 * is in the cache: where a bundle goes to, a stick for example, links may be
 * unknown.
 */
export async function withFolder<T>(
  directory: string,
  options: LockOptions,
  work: (folder: BundleFolder) => Promise<T>,
): Promise<T> {
  mkdirSync(directory, { recursive: true });
  const name = createHash("sha256").update(realpathSync(directory)).digest("hex").slice(0, 16);
  return withLock(join(cacheDirectory(), "bundles", `.${name}.lock`), options, () => work(new BundleFolder(directory)));
}

/** A list that is not there, or that its reader refuses, says nothing. */
function listedDigests(directory: string): ReadonlyMap<string, string> {
  try {
    return new Map(openBundle(directory).manifest.files.map(({ path, sha256 }) => [path, sha256]));
  } catch {
    return new Map();
  }
}
