import { joinPath } from "../../../core/shape.js";
import type { Leaf } from "../leaf.js";
import { allContainers, type WorkloadSpec } from "../spec.js";

interface PlainLeaf {
  readonly path: string;
  readonly leaf: Leaf<string>;
}

/** Leaves that whoever may read the workload's objects can read, Secrets excepted, and that could tempt to put a secret into. */
export function leavesInPlain(spec: WorkloadSpec): PlainLeaf[] {
  const named = (path: string, block: Readonly<Record<string, Leaf<string>>>): PlainLeaf[] =>
    Object.entries(block).map(([key, leaf]) => ({ path: joinPath(path, key), leaf }));
  const listed = (path: string, list: readonly Leaf<string>[] = []): PlainLeaf[] =>
    list.map((leaf, index) => ({ path: `${path}[${index}]`, leaf }));
  return [
    ...named("labels", spec.labels),
    ...named("annotations", spec.annotations),
    ...named("podAnnotations", spec.podAnnotations),
    ...named("service.annotations", spec.service?.annotations ?? {}),
    ...spec.volumes.flatMap((volume) => (volume.from === "config" ? named(`${volume.path}.data`, volume.data) : [])),
    ...allContainers(spec).flatMap((container) => [
      ...listed(`${container.path}.command`, container.command),
      ...listed(`${container.path}.args`, container.args),
      ...container.env.flatMap((env) => (env.from === "value" ? [{ path: env.path, leaf: env.value }] : [])),
      ...container.probes.flatMap(({ path, action }) => {
        if (action.by === "exec") return listed(`${path}.exec`, action.command);
        return action.by === "http" ? named(`${path}.http.headers`, action.headers) : [];
      }),
    ]),
  ];
}
