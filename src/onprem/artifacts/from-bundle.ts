import { join } from "node:path";
import type { Problem } from "../../core/problems.js";
import { assertNoProblems } from "../../core/validation.js";
import type { Artifact, Artifacts, ImageArchive } from "./artifacts.js";
import type { Bundle, BundleFile } from "./bundle.js";

const programs = ["kubelet", "kubeadm", "kubectl"] as const;

/** Images that only control planes run; an archive that holds nothing else stays off the workers. */
const controlPlaneImage = /\/(?:kube-apiserver|kube-controller-manager|kube-scheduler|etcd):/;

/**
 * What hosts are made of, from a bundle in `directory`.
 *
 * Programs that are one file with several names come with the same digest: it
 * is enough to send the file once and to link it.
 *
 * @throws ValidationError when a program is missing without which no host can be made
 */
export function bundleArtifacts(directory: string, bundle: Bundle): Artifacts {
  const artifact = (name: string, file: BundleFile): Artifact => ({
    name,
    sha256: file.sha256,
    bytes: file.bytes,
    source: { kind: "file", path: join(directory, file.path) },
  });
  const missing = programs.filter((name) => !bundle.binaries.has(name));
  assertNoProblems("the bundle", missing.map(missingProgram));
  const binaries = Object.fromEntries(
    [...bundle.binaries.values()].map(({ name, file }) => [name, artifact(name, file)]),
  ) as Record<(typeof programs)[number], Artifact>;
  const [architecture, other] =
    bundle.manifest.platform === "linux-arm64" ? (["arm64", "amd64"] as const) : (["amd64", "arm64"] as const);
  return {
    kubernetesVersion: bundle.manifest.kubernetesVersion,
    architecture,
    others: { [other]: { why: `the bundle is for ${architecture}` } },
    binaries,
    cniPlugins: [...bundle.cniPlugins.values()].map(({ name, file }) => artifact(name, file)),
    cniArchive: undefined,
    imageArchives: bundle.manifest.files
      .filter(({ kind }) => kind === "images")
      .map((file): ImageArchive => {
        const images = bundle.manifest.images.filter((image) => image.file === file.path).map(({ name }) => name);
        return {
          file: artifact(file.path, file),
          images,
          controlPlaneOnly: images.length > 0 && images.every((name) => controlPlaneImage.test(name)),
        };
      }),
  };
}

function missingProgram(name: string): Problem {
  return {
    code: "bundle/no-program",
    path: "files",
    value: name,
    why: "no file of the bundle is this program",
    fix: "make the bundle again with `npx isokube bundle`",
  };
}
