import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact, Artifacts } from "../../src/onprem/artifacts/artifacts.js";
import { sha256Hex } from "../../src/onprem/host/managed-file.js";
import { writeImage } from "../support/hosts/image.js";

export const pause = "registry.k8s.io/pause:3.10.1";

/** Small files in place of a release: the phases only put them where they belong. */
export async function smallRelease(folder: string): Promise<Artifacts> {
  const artifact = (name: string): Artifact => {
    const path = join(folder, name);
    const content = readFileSync(path);
    return { name, sha256: sha256Hex(content), bytes: content.length, source: { kind: "file", path } };
  };
  const program = "#!/bin/sh\necho a program of the test\n";
  // The first three are one program, as in a bundle.
  for (const name of ["kubelet", "kubeadm", "kubectl", "pause"]) writeFileSync(join(folder, name), program);
  writeFileSync(join(folder, "bridge"), `${program}# bridge\n`);
  await writeImage(join(folder, "node.tar"), {
    name: pause,
    files: { pause: join(folder, "pause") },
    entrypoint: ["/pause"],
  });
  return {
    kubernetesVersion: "1.35.3",
    architecture: "amd64",
    others: {},
    binaries: { kubelet: artifact("kubelet"), kubeadm: artifact("kubeadm"), kubectl: artifact("kubectl") },
    cniPlugins: [artifact("bridge")],
    cniArchive: undefined,
    imageArchives: [{ file: artifact("node.tar"), images: [pause], controlPlaneOnly: false }],
  };
}
