import type { ImageArchive } from "../artifacts/artifacts.js";
import { pauseImage, upstreamRegistry } from "../artifacts/pause-image.js";
import { placeArtifact } from "../artifacts/place.js";
import { binaryPath, hostPaths } from "../host/host-paths.js";
import { HostProblem, hostPath } from "../host/host-problem.js";
import type { HostPhase, HostView, PhaseTools } from "./phase.js";

/** All that decides which images a host needs. */
type ImageView = Pick<HostView, "node" | "artifacts">;

/** Archives that this host's role needs and that hold an image which is not in `present`. */
function missingArchives({ node, artifacts }: ImageView, present: readonly string[]): ImageArchive[] {
  return artifacts.imageArchives.filter(
    ({ images, controlPlaneOnly }) =>
      (node.role === "controlPlane" || !controlPlaneOnly) && without(images, present).length > 0,
  );
}

function without(images: readonly string[], present: readonly string[]): string[] {
  return images.filter((image) => !present.includes(image));
}

/** Of Kubernetes itself, by its version; kubeadm adds etcd and CoreDNS, which it knows when it is on the host. */
function pulledImages({ node, artifacts }: ImageView): string[] {
  if (artifacts.imageArchives.length > 0) return [];
  const control = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  const names = [...(node.role === "controlPlane" ? control : []), "kube-proxy"];
  return [...names.map((name) => `${upstreamRegistry}/${name}:v${artifacts.kubernetesVersion}`), pauseImage(artifacts)];
}

const listScript = `set -eu
ctr --namespace k8s.io images ls -q
`;

async function listImages({ remote, signal }: PhaseTools): Promise<string[]> {
  const { stdout } = await remote.run({ text: listScript, timeoutSeconds: 60, signal });
  return stdout.split("\n").filter((name) => name !== "");
}

// Unpacked by the kubelet's first container of it: most hosts run few of the add-ons, and need not hold each twice.
// The first label keeps kubelet from clearing an image away on a full disk: an air-gapped host could not get it back.
// The second tells which pins are ours to take away.
const importScript = `set -eu
archive=$1
shift
ctr --namespace k8s.io images import --no-unpack "$archive"
for image in "$@"; do ctr --namespace k8s.io images label "$image" io.cri-containerd.pinned=pinned isokube.dev/from=bundle > /dev/null; done
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

/** Taking one in waits for the disk about as long as it computes. */
const importsAtOnce = 2;

async function importArchives(view: ImageView, tools: PhaseTools): Promise<void> {
  const missing = missingArchives(view, await listImages(tools));
  const imports = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (const archive of missing) {
    // The next one is on its way while earlier ones are taken in.
    await placeArtifact(archive.file, pathOf(archive), 0o600, tools).catch((error: unknown) => failures.push(error));
    while (imports.size >= importsAtOnce) await Promise.race(imports);
    if (failures.length > 0) break;
    const importing: Promise<void> = importArchive(archive, tools)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => imports.delete(importing));
    imports.add(importing);
  }
  // Where one fails, what goes on beside it is waited for.
  await Promise.all(imports);
  if (failures.length > 0) throw failures[0];
  const present = await listImages(tools);
  const [incomplete] = missingArchives(view, present);
  if (incomplete === undefined) return;
  throw new HostProblem({
    code: "onprem/image-not-in-archive",
    path: hostPath(view.node.name),
    value: without(incomplete.images, present).join(" "),
    why: `the archive ${incomplete.file.name} was imported and does not hold these images`,
    fix: "make the bundle anew",
  });
}

const kubeadmListScript = `set -eu
"$1" config images list --kubernetes-version "$2"
`;

/** Ends with 3 when one could not be pulled; each such image is a line, with what containerd said last. */
const pullScript = `set -eu
registries=$1
shift
work=$(mktemp -d /run/isokube-pull.XXXXXX)
trap 'rm -rf "$work"' EXIT
for image in "$@"; do
  {
    said="$work/$(printf %s "$image" | tr / _)"
    ctr --namespace k8s.io images pull --hosts-dir "$registries" "$image" > /dev/null 2> "$said" ||
      echo "$image: $(grep -v '^$' "$said" | tail -n 1)" >> "$work/failed"
  } &
done
wait
[ ! -e "$work/failed" ] || { cat "$work/failed"; exit 3; }
`;

async function pullImages(view: ImageView, tools: PhaseTools): Promise<void> {
  const { remote, signal, report } = tools;
  const present = await listImages(tools);
  const known = pulledImages(view);
  if (without(known, present).length === 0) return;
  const wanted = view.node.role === "controlPlane" ? [...known, ...(await kubeadmImages(view, tools))] : known;
  const missing = [...new Set(without(wanted, present))];
  report(`pulling ${missing.length} images`);
  const { exitCode, stdout } = await remote.runUnit({
    unit: "isokube-pull",
    text: pullScript,
    args: [hostPaths.containerdRegistries, ...missing],
    timeoutSeconds: 1800,
    accept: [0, 3],
    signal,
  });
  if (exitCode === 0) return;
  const [first = "", ...more] = stdout.trim().split("\n");
  const [image = ""] = first.split(": ");
  throw new HostProblem({
    code: "onprem/image-not-pulled",
    path: hostPath(view.node.name),
    value: image,
    why: `the host cannot pull it${more.length === 0 ? "" : `, nor ${more.length} others`}: ${first.slice(image.length + 2)}`,
    fix: "let the host reach the registry, name a mirror in onprem.artifacts.images, or use a bundle",
  });
}

/** What this release of kubeadm starts on a control plane, by its own word. */
async function kubeadmImages({ artifacts }: ImageView, { remote, signal }: PhaseTools): Promise<string[]> {
  const { stdout } = await remote.run({
    text: kubeadmListScript,
    args: [binaryPath("kubeadm"), `v${artifacts.kubernetesVersion}`],
    timeoutSeconds: 60,
    signal,
  });
  return stdout.split("\n").filter((name) => name !== "");
}

/** The arguments are the images that stay pinned. A label without a value is taken away. */
const unpinScript = `set -eu
ctr --namespace k8s.io images ls -q 'labels."isokube.dev/from"==bundle' | while IFS= read -r image; do
  for wanted in "$@"; do [ "$image" != "$wanted" ] || continue 2; done
  ctr --namespace k8s.io images label "$image" io.cri-containerd.pinned= isokube.dev/from= > /dev/null
done
`;

/** Leaves the images of an earlier release to kubelet, which clears away what nothing uses when the disk is full. */
export async function unpinFormerImages({ artifacts }: ImageView, { remote, signal }: PhaseTools): Promise<void> {
  const wanted = artifacts.imageArchives.flatMap(({ images }) => images);
  await remote.run({ text: unpinScript, args: wanted, timeoutSeconds: 60, signal });
}

/** Brings what lacks, whatever an earlier look has found: also for an upgrade, which does so before the host's turn. */
export async function importImages(view: ImageView, tools: PhaseTools): Promise<void> {
  if (view.artifacts.imageArchives.length > 0) await importArchives(view, tools);
  else await pullImages(view, tools);
}

export const images: HostPhase = {
  name: "images",
  title: "container images",
  // What is pulled is what kubeadm says, which has to be there.
  beside: ({ artifacts }) => (artifacts.imageArchives.length > 0 ? "binaries" : undefined),
  needed(view) {
    const present = view.facts.images;
    const missing = [
      ...missingArchives(view, present).flatMap((archive) => without(archive.images, present)),
      ...without(pulledImages(view), present),
    ];
    if (missing.length === 0) return undefined;
    return missing.length <= 3 ? `${missing.join(", ")} not there` : `${missing.length} images are not there`;
  },
  run: importImages,
};
