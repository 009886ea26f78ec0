import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertNoProblems } from "../../core/validation.js";
import type { Artifact, Artifacts, ImageArchive } from "./artifacts.js";
import type { Bundle, BundleExecutable, BundleFile } from "./bundle.js";
import { openBundle } from "./read-bundle.js";

/** Only control planes run them. */
const controlPlaneImage = /\/(?:kube-apiserver|kube-controller-manager|kube-scheduler|etcd):/;

/**
 * What a bundle's folder gives. Its files are not read here: every one is
 * checked on the host, against the digest of the (signed) list, before it is used.
 *
 * @throws ValidationError when the list is not right, or is of another release
 */
export function artifactsFromBundle(
  directory: string,
  publicKeyFile: string | undefined,
  kubernetesVersion: string,
): Artifacts {
  const key = publicKeyFile === undefined ? undefined : readFileSync(publicKeyFile, "utf8");
  const bundle = openBundle(directory, key);
  const { manifest } = bundle;
  if (manifest.kubernetesVersion !== kubernetesVersion) {
    assertNoProblems("the bundle", [
      {
        code: "bundle/version",
        path: "artifacts.directory",
        value: directory,
        why: `the bundle is of Kubernetes ${manifest.kubernetesVersion}, and ${kubernetesVersion} is asked for`,
        fix: `make one with \`npx isokube bundle --kubernetes-version ${kubernetesVersion}\``,
      },
    ]);
  }
  const toArtifact = (name: string, { path, sha256, bytes }: BundleFile): Artifact => ({
    name,
    sha256,
    bytes,
    source: { kind: "file", path: join(directory, path) },
  });
  return {
    kubernetesVersion,
    binaries: {
      kubelet: toArtifact("kubelet", need(bundle, directory, "kubelet").file),
      kubeadm: toArtifact("kubeadm", need(bundle, directory, "kubeadm").file),
      kubectl: toArtifact("kubectl", need(bundle, directory, "kubectl").file),
    },
    cniPlugins: [...bundle.cniPlugins.values()].map(({ name, file }) => toArtifact(name, file)),
    imageArchives: manifest.files
      .filter(({ kind }) => kind === "images")
      .map((file): ImageArchive => {
        const images = manifest.images.filter((image) => image.file === file.path).map(({ name }) => name);
        return {
          file: toArtifact(file.path, file),
          images,
          controlPlaneOnly: images.every((image) => controlPlaneImage.test(image)),
        };
      }),
    imageRepository: undefined,
  };
}

function need(bundle: Bundle, directory: string, name: string): BundleExecutable {
  const found = bundle.binaries.get(name);
  if (found !== undefined) return found;
  const why = `it holds no ${name}`;
  const fix = "make the bundle again with `npx isokube bundle`";
  assertNoProblems("the bundle", [
    { code: "bundle/incomplete", path: "artifacts.directory", value: directory, why, fix },
  ]);
  throw new Error(why);
}
