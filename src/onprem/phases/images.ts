import type { ImageArchive } from "../artifacts/artifacts.js";
import { placeArtifact } from "../artifacts/place.js";
import { hostPaths } from "../host-paths.js";
import { HostProblem, hostPath } from "../host-problem.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";

/** All that decides which images a host needs. */
type ImageView = Pick<HostView, "node" | "artifacts">;

/** Archives that this host's role needs and that hold an image which is not in `present`. */
function missingArchives({ node, artifacts }: ImageView, present: readonly string[]): ImageArchive[] {
  const have = new Set(present);
  return artifacts.imageArchives.filter(
    ({ images, controlPlaneOnly }) =>
      (node.role === "controlPlane" || !controlPlaneOnly) && images.some((image) => !have.has(image)),
  );
}

function missingImages(archive: ImageArchive, present: readonly string[]): string[] {
  return archive.images.filter((image) => !present.includes(image));
}

const listScript = `set -eu
ctr --namespace k8s.io images ls -q
`;

async function listImages({ remote, signal }: PhaseTools): Promise<string[]> {
  const { stdout } = await remote.run({ text: listScript, timeoutSeconds: 60, signal });
  return stdout.split("\n").filter((name) => name !== "");
}

// The label keeps kubelet from clearing an image away on a full disk: an air-gapped host could not get it back.
const importScript = `set -eu
archive=$1
shift
ctr --namespace k8s.io images import "$archive"
for image in "$@"; do ctr --namespace k8s.io images label "$image" io.cri-containerd.pinned=pinned > /dev/null; done
rm -f "$archive"
`;

const pathOf = ({ file }: ImageArchive): string => `${hostPaths.imageArchives}/${file.sha256}.tar`;

async function importArchive(archive: ImageArchive, { remote, signal, report }: PhaseTools): Promise<void> {
  const { file, images } = archive;
  report(`importing ${file.name}`);
  await remote.runUnit({
    unit: `isokube-import-${file.sha256.slice(0, 12)}`,
    text: importScript,
    args: [pathOf(archive), ...images],
    timeoutSeconds: 600,
    signal,
  });
}

/** Brings what lacks, whatever an earlier look has found: also for an upgrade, which does so before the host's turn. */
export async function importImages(view: ImageView, tools: PhaseTools): Promise<void> {
  const missing = missingArchives(view, await listImages(tools));
  const place = async (archive: ImageArchive | undefined): Promise<void> => {
    if (archive !== undefined) await placeArtifact(archive.file, pathOf(archive), 0o600, tools);
  };
  await place(missing[0]);
  for (const [index, archive] of missing.entries()) {
    // The next one is on its way while this one is unpacked; where one of the two fails, the other is waited for.
    const both = await Promise.allSettled([importArchive(archive, tools), place(missing[index + 1])]);
    for (const each of both) if (each.status === "rejected") throw each.reason;
  }
  const present = await listImages(tools);
  const [incomplete] = missingArchives(view, present);
  if (incomplete === undefined) return;
  throw new HostProblem({
    code: "onprem/image-not-in-archive",
    path: hostPath(view.node.name),
    value: missingImages(incomplete, present).join(" "),
    why: `the archive ${incomplete.file.name} was imported and does not hold these images`,
    fix: "make the bundle anew",
  });
}

export const images: HostPhase = {
  name: "images",
  title: "container images",
  needed(view) {
    const present = view.facts.images;
    const missing = missingArchives(view, present).flatMap((archive) => missingImages(archive, present));
    if (missing.length === 0) return undefined;
    return missing.length <= 3 ? `${missing.join(", ")} not there` : `${missing.length} images are not there`;
  },
  run: importImages,
};
