import {
  appendFileSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { cniPluginsVersion } from "../../../src/core/cni-plugins.js";
import { issueAuthority, issueCertificate } from "../../../src/local/certificates.js";
import { openBundle } from "../../../src/onprem/artifacts/read-bundle.js";
import { sha256Hex } from "../../../src/onprem/host/managed-file.js";
import { command } from "./commands.js";

export interface MirrorRequest {
  /** Folder of a bundle: its parts are what the mirror has. */
  readonly bundle: string;
  /** An address of this machine that the hosts reach. */
  readonly address: string;
  /** For what is unpacked and packed. */
  readonly folder: string;
}

/** Path of the registry's images. */
const prefix = "all/images";

/** What a file of a release is served as. */
interface Served {
  readonly path: string;
  readonly sha256: string;
}

interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
}

/**
 * Stands in for the world outside: a mirror of release files with the paths of
 * their publishers, and a registry that has every image, over TLS with an
 * authority of its own.
 */
export class Mirror {
  /** Of the authority that its certificate is from, PEM. */
  readonly authority: string;
  /** Every request, as `GET /path`, with the range that was asked for behind it. */
  readonly asked: string[] = [];
  /** Names of files (`kubelet`) that are served as something else than what their digest says. */
  readonly spoilt = new Set<string>();
  /** Names of files whose next download breaks off in the middle. */
  readonly breaking = new Set<string>();
  readonly #server: Server;

  private constructor(
    private readonly address: string,
    private readonly files: ReadonlyMap<string, Served>,
    private readonly manifests: ReadonlyMap<string, Manifest>,
    private readonly blobs: string,
  ) {
    const authority = issueAuthority("isokube test mirror");
    const { certificate, key } = issueCertificate(authority, {
      commonName: "mirror",
      usages: ["server"],
      names: [address],
    });
    this.authority = authority.certificate;
    this.#server = createServer({ cert: certificate, key }, (request, response) => this.#answer(request, response));
  }

  static async start({ bundle, address, folder }: MirrorRequest): Promise<Mirror> {
    const { binaries, manifest } = openBundle(bundle);
    const files = new Map<string, Served>();
    for (const [index, name] of ["kubelet", "kubeadm", "kubectl"].entries()) {
      const file = binaries.get(name)?.file;
      if (file === undefined) throw new Error(`the bundle holds no ${name}`);
      const own = join(folder, name);
      copyFileSync(join(bundle, file.path), own, constants.COPYFILE_FICLONE);
      // In a bundle the three are one program; their publisher has three, and so must a host have to fetch three.
      appendFileSync(own, "\n".repeat(index + 1));
      const path = `/files/release/v${manifest.kubernetesVersion}/bin/linux/amd64/${name}`;
      files.set(path, { path: own, sha256: sha256Hex(readFileSync(own)) });
    }
    const archive = `cni-plugins-linux-amd64-v${cniPluginsVersion}.tgz`;
    await command(["tar", "-C", join(bundle, "cni"), "-czf", join(folder, archive), "."]);
    files.set(`/files/containernetworking/plugins/releases/download/v${cniPluginsVersion}/${archive}`, {
      path: join(folder, archive),
      sha256: sha256Hex(readFileSync(join(folder, archive))),
    });
    const manifests = new Map<string, Manifest>();
    const layout = join(folder, "images");
    mkdirSync(layout);
    for (const { path } of manifest.files.filter(({ kind }) => kind === "images")) {
      await command(["tar", "-C", layout, "-xf", join(bundle, path)]);
      for (const each of readIndex(layout)) {
        const [repository = "", tag = ""] = each.name.slice(each.name.indexOf("/") + 1).split(":");
        manifests.set(`${repository}:${tag}`, each);
        manifests.set(`${repository}:${each.digest}`, each);
      }
    }
    const mirror = new Mirror(address, files, manifests, join(layout, "blobs", "sha256"));
    await new Promise<void>((resolve, reject) => {
      mirror.#server.once("error", reject);
      mirror.#server.listen(0, address, resolve);
    });
    return mirror;
  }

  /** What a program says of it: `artifacts.binaries` and `artifacts.images`. */
  get places(): { readonly binaries: string; readonly images: string } {
    const host = `${this.address}:${(this.#server.address() as AddressInfo).port}`;
    return { binaries: `https://${host}/files`, images: `${host}/${prefix}` };
  }

  /** Of the archive of network plugins, which is packed anew and hence not the official one. */
  get cniDigest(): string {
    return [...this.files].find(([path]) => path.endsWith(".tgz"))?.[1].sha256 ?? "";
  }

  /** Of a program that it has. */
  digestOf(name: string): string {
    return [...this.files].find(([path]) => path.endsWith(`/${name}`))?.[1].sha256 ?? "";
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #answer({ method = "", url = "", headers }: IncomingMessage, response: ServerResponse): void {
    const path = url.split("?")[0] ?? "";
    this.asked.push([method, path, ...(headers.range === undefined ? [] : [headers.range])].join(" "));
    if (path.startsWith("/files/")) this.#answerFile(path, headers.range, response);
    else this.#answerRegistry(path, method, response);
  }

  #answerFile(path: string, range: string | undefined, response: ServerResponse): void {
    const digest = this.files.get(path.replace(/\.sha256$/, ""));
    const served = this.files.get(path);
    if (digest === undefined) response.writeHead(404).end();
    else if (served === undefined) response.end(digest.sha256);
    else this.#send(served.path, path.slice(path.lastIndexOf("/") + 1), range, response);
  }

  #send(file: string, name: string, range: string | undefined, response: ServerResponse): void {
    if (this.spoilt.has(name)) return void response.end("not what it should be");
    const size = statSync(file).size;
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const breaks = this.breaking.delete(name);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": size - start,
      ...(start > 0 ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {}),
    });
    const stream = createReadStream(file, breaks ? { start, end: Math.floor(size / 2) } : { start });
    stream.pipe(response, { end: !breaks });
    if (breaks) stream.once("end", () => setTimeout(() => response.destroy(), 200));
  }

  /** As much of the distribution specification as pulling takes. */
  #answerRegistry(path: string, method: string, response: ServerResponse): void {
    if (path === "/v2/") return void response.end("{}");
    const [, repository, kind, reference = ""] =
      new RegExp(`^/v2/${prefix}/(.+)/(manifests|blobs)/([^/]+)$`).exec(path) ?? [];
    const manifest = kind === "manifests" ? this.manifests.get(`${repository}:${reference}`) : undefined;
    const digest = kind === "blobs" ? reference : manifest?.digest;
    const file = digest === undefined ? "" : join(this.blobs, digest.replace("sha256:", ""));
    if (digest === undefined || !existsSync(file)) {
      response.writeHead(404, { "content-type": "application/json" });
      return void response.end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    }
    response.writeHead(200, {
      "content-type": manifest?.mediaType ?? "application/octet-stream",
      "content-length": statSync(file).size,
      "docker-content-digest": digest,
    });
    if (method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
  }
}

function readIndex(layout: string): (Manifest & { readonly name: string })[] {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    manifests: (Manifest & { annotations: Readonly<Record<string, string>> })[];
  };
  return index.manifests.map(({ digest, mediaType, annotations }) => ({
    digest,
    mediaType,
    name: annotations["io.containerd.image.name"] ?? "",
  }));
}
