import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { messageOf } from "../../core/message-of.js";
import type { Problem } from "../../core/problems.js";
import { block, choice, integer, joinPath, listOf, optional, required, type Shape, text } from "../../core/shape.js";
import { assertNoProblems, ProblemList } from "../../core/validation.js";

/** The list of everything in a bundle; it lies at the top of the bundle's folder. */
export const bundleFile = "bundle.json";
/** The Ed25519 signature over the bytes of `bundle.json`, in base64. */
export const bundleSignatureFile = "bundle.json.sig";

const fileKinds = ["binary", "cni-plugin", "images", "packages"] as const;

/** One file of the bundle. */
export interface BundleFile {
  /** Inside the bundle's folder, with `/`: `bin/kubelet`, `images/node.tar`. */
  readonly path: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly kind: (typeof fileKinds)[number];
  /** Of what the file holds, without a leading `v`. */
  readonly version: string;
  /**
   * The names by which a program that serves several must be started: it is
   * copied once, and each name becomes a link to it.
   * @default the file's own name alone
   */
  readonly links?: readonly string[];
}

/** One container image. */
export interface BundleImage {
  /** As manifests name it: `registry.k8s.io/kube-proxy:v1.35.3`. */
  readonly name: string;
  /** The archive that holds it; one archive may hold several images. */
  readonly file: string;
  /** Of the image's manifest: `sha256:…`, what a container runtime shows after the import. */
  readonly digest: string;
}

/** What a distribution's own packages must provide; they are not part of the bundle. */
export interface BundlePackages {
  readonly distro: "debian";
  readonly names: readonly string[];
}

/** `bundle.json`. */
export interface BundleManifest {
  readonly formatVersion: 1;
  /** Without a leading `v`. */
  readonly kubernetesVersion: string;
  readonly platform: "linux-amd64" | "linux-arm64";
  readonly createdWith: string;
  readonly files: readonly BundleFile[];
  readonly images: readonly BundleImage[];
  readonly packages: readonly BundlePackages[];
}

/** An executable under the name by which it is started. */
export interface BundleExecutable {
  readonly name: string;
  readonly version: string;
  /** The file to copy. */
  readonly file: BundleFile;
  /** The file's own name; where it differs from `name`, `name` is a link to it. */
  readonly program: string;
}

/** A bundle whose list has been read and found consistent; keys are names. */
export interface Bundle {
  readonly manifest: BundleManifest;
  readonly binaries: ReadonlyMap<string, BundleExecutable>;
  readonly cniPlugins: ReadonlyMap<string, BundleExecutable>;
  readonly images: ReadonlyMap<string, BundleImage>;
}

/** A text that matches; `example` tells how it should look. */
function pattern(expression: RegExp, what: string, example: string): Shape<string> {
  return {
    placeholder: "",
    read(value, path, problems) {
      const read = text.read(value, path, problems);
      if (typeof value === "string" && !expression.test(value)) {
        problems.add({ code: "bundle/malformed", path, value, why: `is not ${what}`, fix: `write it like ${example}` });
      }
      return read;
    },
  };
}

const formatVersion: Shape<1> = {
  placeholder: 1,
  read(value, path, problems) {
    if (value !== 1) {
      problems.add({
        code: "bundle/format-version",
        path,
        ...(typeof value === "object" ? {} : { value }),
        why: "is a format that this version of isokube cannot read (it reads 1)",
        fix: "make the bundle again with `npx isokube bundle` of this version",
      });
    }
    return 1;
  },
};

// Names and paths end up in commands on the hosts, so only harmless ones are let in.
const fileName = pattern(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "a plain file name", '"kubelet"');
const filePath = pattern(
  /^(?:bin|cni|images|packages)\/[A-Za-z0-9][A-Za-z0-9._-]*$/,
  "a file in bin, cni, images or packages",
  '"bin/kubelet"',
);
const version = pattern(/^\d+\.\d+(?:\.\d+)?(?:[-+.][A-Za-z0-9.+-]*)?$/, "a version without a leading v", '"1.35.3"');
const packageName = pattern(/^[a-z0-9][a-z0-9+.-]*$/, "a package's name", '"containerd"');
const imageName = pattern(
  /^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)+:[A-Za-z0-9_][A-Za-z0-9._-]*$/,
  "a whole image name with registry and tag",
  '"registry.k8s.io/pause:3.10.1"',
);

const manifestShape: Shape<BundleManifest> = block<BundleManifest>({
  formatVersion: required(formatVersion),
  kubernetesVersion: required(version),
  platform: required(choice(["linux-amd64", "linux-arm64"])),
  createdWith: required(text),
  files: required(
    listOf(
      block<BundleFile>({
        path: required(filePath),
        sha256: required(pattern(/^[0-9a-f]{64}$/, "a SHA-256 digest in 64 lower-case hexadecimal digits", '"9f86…"')),
        bytes: required(integer(0, Number.MAX_SAFE_INTEGER)),
        kind: required(choice(fileKinds)),
        version: required(version),
        links: optional(listOf(fileName)),
      }),
    ),
  ),
  images: required(
    listOf(
      block<BundleImage>({
        name: required(imageName),
        file: required(filePath),
        digest: required(pattern(/^sha256:[0-9a-f]{64}$/, "a digest", '"sha256:9f86…"')),
      }),
    ),
  ),
  packages: required(
    listOf(block<BundlePackages>({ distro: required(choice(["debian"])), names: required(listOf(packageName)) })),
  ),
});

/**
 * Reads the text of a `bundle.json`.
 * @throws ValidationError with every problem of the list
 */
export function parseBundle(content: string): Bundle {
  const problems = new ProblemList();
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    problems.add({
      code: "bundle/not-json",
      path: bundleFile,
      why: `is not JSON (${messageOf(error)})`,
      fix: "copy the bundle again, or make it again with `npx isokube bundle`",
    });
    assertNoProblems("the bundle", problems.found);
  }
  const manifest = manifestShape.read(value, "", problems);
  if (problems.found.length === 0) problems.addAll(inconsistencies(manifest));
  assertNoProblems("the bundle", problems.found);
  return {
    manifest,
    binaries: executables(manifest, "binary"),
    cniPlugins: executables(manifest, "cni-plugin"),
    images: new Map(manifest.images.map((image) => [image.name, image])),
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function executables(manifest: BundleManifest, kind: BundleFile["kind"]): ReadonlyMap<string, BundleExecutable> {
  const found = new Map<string, BundleExecutable>();
  for (const file of manifest.files) {
    if (file.kind !== kind) continue;
    const program = baseName(file.path);
    for (const name of file.links ?? [program]) found.set(name, { name, version: file.version, file, program });
  }
  return found;
}

/** What each entry alone cannot show: names that are there twice, images without their archive. */
function inconsistencies({ files, images }: BundleManifest): readonly Problem[] {
  const archives = new Set(files.filter(({ kind }) => kind === "images").map(({ path }) => path));
  const fix = "make the bundle again with `npx isokube bundle`";
  return [
    ...twice(files.map(({ path }, index) => [`files[${index}].path`, path])),
    ...twice(
      files.flatMap((file, index) =>
        (file.links ?? []).map((link, at) => [`files[${index}].links[${at}]`, `${file.kind} ${link}`] as const),
      ),
    ),
    ...twice(images.map(({ name }, index) => [`images[${index}].name`, name])),
    ...images.flatMap(({ file }, index) =>
      archives.has(file)
        ? []
        : [
            {
              code: "bundle/no-archive",
              path: `images[${index}].file`,
              value: file,
              why: "no such archive is in files",
              fix,
            },
          ],
    ),
  ];
}

function twice(entries: readonly (readonly [path: string, name: string])[]): readonly Problem[] {
  const seen = new Set<string>();
  return entries.flatMap(([path, value]) => {
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [
      {
        code: "bundle/twice",
        path,
        value,
        why: "is there twice",
        fix: "make the bundle again with `npx isokube bundle`",
      },
    ];
  });
}

/**
 * Whether the signature over `bundle.json` is the key's; the digests in the
 * list then vouch for every file.
 *
 * @param publicKey PEM, as `isokube bundle keygen` or openssl write it
 */
export function signatureProblems(
  content: Uint8Array,
  signature: string | undefined,
  publicKey: string,
): readonly Problem[] {
  let key: KeyObject;
  try {
    key = createPublicKey(publicKey);
    if (key.asymmetricKeyType !== "ed25519") throw new Error(`it is an ${key.asymmetricKeyType ?? "unknown"} key`);
  } catch (error) {
    return [
      {
        code: "bundle/public-key",
        path: "publicKey",
        why: `is no Ed25519 public key in PEM (${messageOf(error)})`,
        fix: "use the .pub file that `npx isokube bundle keygen` wrote",
      },
    ];
  }
  if (signature === undefined) {
    return [
      {
        code: "bundle/unsigned",
        path: bundleSignatureFile,
        why: "the bundle carries no signature, and one is asked for",
        fix: "make it with `npx isokube bundle --sign KEYFILE`",
      },
    ];
  }
  if (verify(undefined, content, key, Buffer.from(signature.trim(), "base64"))) return [];
  return [
    {
      code: "bundle/signature",
      path: bundleSignatureFile,
      why: `is not this key's signature over ${bundleFile}`,
      fix: "use the public key that belongs to the signer, or get the bundle again: its list may have been changed",
    },
  ];
}

/** What is wrong with one file of the bundle, by what was measured; `undefined` when it is not there. */
export function fileProblems(
  file: BundleFile,
  found: { readonly sha256: string; readonly bytes: number } | undefined,
): readonly Problem[] {
  const fix = "copy the bundle again, or run `npx isokube bundle` again: it mends what is missing or damaged";
  const path = joinPath("files", file.path);
  if (found === undefined) return [{ code: "bundle/missing-file", path, why: "is listed and not there", fix }];
  if (found.bytes !== file.bytes) {
    const why = `has ${found.bytes} bytes, not the listed ${file.bytes}`;
    return [{ code: "bundle/wrong-size", path, value: found.bytes, why, fix }];
  }
  if (found.sha256 === file.sha256) return [];
  const why = `is not the listed SHA-256 ${file.sha256}`;
  return [{ code: "bundle/wrong-digest", path, value: found.sha256, why, fix }];
}
