import { withHostLock } from "../host/host-lock.js";
import { journaled } from "../host/journal.js";
import { readMarker } from "../host/marker.js";
import { importImages } from "../phases/images.js";
import type { Step } from "../plan.js";
import type { NodeSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import type { ControlPlaneInput } from "./control-plane-plan.js";

/** Brings the images of the next release to a worker; to one that is no node yet they come when it is prepared. */
export async function bringImages(
  node: NodeSpec,
  step: Step,
  { cluster, artifacts }: Pick<ControlPlaneInput, "cluster" | "artifacts">,
  { connector, signal, report }: ApplyOptions,
): Promise<void> {
  await connector.use({ name: node.name, host: node.host, signal }, async (remote) => {
    const marker = await readMarker(remote);
    if (marker?.cluster !== cluster.name || marker.state !== "member") return;
    const tell = (line: string): void => report(`${node.name}: ${line}`);
    await withHostLock(remote, { signal, report: tell }, (held) =>
      journaled(remote, step, held, () => importImages({ node, artifacts }, { remote, signal: held, report: tell })),
    );
  });
}
