import { createHash } from "node:crypto";
import { type TarEntry, tarBytes } from "./tar.js";

/** The files of one layer; two layers with the same files are one and the same. */
export type Layer = readonly TarEntry[];

/** What of an image is not in its layers. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** With registry and tag. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

export interface ImageArchive {
  /** Name → digest of the manifest, which is what a container runtime calls the image's. */
  readonly digests: ReadonlyMap<string, string>;
  /** The archive itself. */
  readonly entries: readonly TarEntry[];
}

interface Blob {
  readonly digest: string;
  readonly bytes: number;
}

const layerType = "application/vnd.oci.image.layer.v1.tar";
const configType = "application/vnd.oci.image.config.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/**
 * An OCI image layout of several images, for `ctr images import`, `podman load`
 * and `docker load`. What images have in common is in it once: everything is
 * named by its digest. Layers are not packed, as another version of zlib would
 * pack them differently and change every digest.
 */
export async function imageArchive(images: readonly Image[], architecture: string): Promise<ImageArchive> {
  const blobs = new Map<string, TarEntry>();
  const measured = new Map<Layer, Blob>();
  for (const layer of new Set(images.flatMap(({ layers }) => layers))) {
    const blob = await measure(layer);
    measured.set(layer, blob);
    blobs.set(blob.digest, blobEntry(blob, { bytes: blob.bytes, read: () => tarBytes(layer) }));
  }
  const put = (value: unknown): Blob => {
    const content = json(value);
    const blob = { digest: digestOf(content), bytes: content.length };
    blobs.set(blob.digest, blobEntry(blob, content));
    return blob;
  };
  const digests = new Map<string, string>();
  const manifests = images.map(({ name, layers, config }) => {
    const parts = layers.map((layer) => {
      const blob = measured.get(layer);
      if (blob === undefined) throw new Error(`a layer of ${name} was not measured`);
      return blob;
    });
    const manifest = put({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor(
        configType,
        put({
          architecture,
          os: "linux",
          config,
          rootfs: { type: "layers", diff_ids: parts.map(({ digest }) => digest) },
        }),
      ),
      layers: parts.map((blob) => descriptor(layerType, blob)),
    });
    digests.set(name, manifest.digest);
    return {
      ...descriptor(manifestType, manifest),
      platform: { architecture, os: "linux" },
      annotations: {
        // containerd takes the name from the first, others from the second.
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name,
      },
    };
  });
  return {
    digests,
    entries: [
      file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
      file("index.json", json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests })),
      directory("blobs"),
      directory("blobs/sha256"),
      ...blobs.values(),
    ],
  };
}

async function measure(layer: Layer): Promise<Blob> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of tarBytes(layer)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { digest: `sha256:${hash.digest("hex")}`, bytes };
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function descriptor(mediaType: string, { digest, bytes }: Blob): object {
  return { mediaType, digest, size: bytes };
}

function directory(path: string): TarEntry {
  return { path, mode: 0o755, content: { kind: "directory" } };
}

function file(path: string, content: Extract<TarEntry["content"], { kind: "file" }>["content"]): TarEntry {
  return { path, mode: 0o644, content: { kind: "file", content } };
}

function blobEntry({ digest }: Blob, content: Parameters<typeof file>[1]): TarEntry {
  return file(`blobs/${digest.replace(":", "/")}`, content);
}
