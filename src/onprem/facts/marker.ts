import { block, choice, flag, integer, mapOf, optional, required, type Shape, text } from "../../core/shape.js";
import type { ProblemList } from "../../core/validation.js";
import type { KubeletNote, NodeMarker, UnpackedArchive } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";

const formatVersion: Shape<1> = {
  placeholder: 1,
  read(value, path, problems) {
    integer(1, 1).read(value, path, problems);
    return 1;
  },
};

const markerShape = block<NodeMarker>({
  formatVersion: required(formatVersion),
  cluster: required(text),
  node: required(text),
  role: required(choice(["controlPlane", "worker"])),
  state: required(choice(["joining", "member", "leaving"])),
  kubernetesVersion: required(text),
  restore: required(mapOf(text)),
  manifests: required(mapOf(text)),
  auditLogs: optional(flag),
  sharesPort: optional(flag),
  kubelet: optional(block<KubeletNote>({ asked: required(text), files: required(mapOf(text)) })),
  unpacked: optional(block<UnpackedArchive>({ archive: required(text), files: required(mapOf(text)) })),
});

/** A marker that cannot be read is a problem, never a host that has none. */
export function parseMarker(content: string, problems: ProblemList): NodeMarker | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    problems.add({
      code: "host/unreadable",
      path: "marker",
      why: `${hostPaths.marker} is not JSON, so nobody knows what this host was made to be`,
      fix: "restore the file from a backup, or reset the host and remove the file",
    });
    return undefined;
  }
  return markerShape.read(value, "marker", problems);
}
