import { subjectOf } from "../../onprem/engine/plan-refused.js";
import { fillDefaults } from "../input-types.js";
import { containsUnknown, knownText, type PropertyMap, reveal, unknown } from "../properties.js";
import type { CustomResource } from "../resource.js";
import { onpremWorkerDefinition as definition } from "./definition.js";
import { plannedHealth } from "./outcome.js";
import type { WorkerRequest } from "./port.js";
import { workerRequest } from "./requests.js";
import { type Asked, type OnpremContext, type OnpremKind, onpremResource } from "./resource.js";

/** `isokube:onprem:Worker`: one host; at most `maxUnavailable` of them are out of service at once. */
export function onpremWorkerResource(prepare: () => Promise<OnpremContext>): CustomResource {
  return onpremResource(worker, prepare);
}

/** The host is another one: another machine, name, or role. */
const isAnotherHost = /^host\.(name|role|host\.address)$/;

const worker: OnpremKind<WorkerRequest> = {
  definition,
  stables: ["clusterName", "clusterId"],
  isAnother: (path) => isAnotherHost.test(path),
  subject: ({ host }) => subjectOf.worker(host.name),
  id: ({ cluster, host }) => `${cluster.name}/${host.name}`,
  noImport: {
    why: "a worker cannot be imported by its name, because the name does not tell where the host is",
    instead: "takes over a host that is of this cluster",
  },
  request,
  otherChanges: () => [],
  look: (machine, asked, signal) => machine.lookAtWorker(asked, signal),
  apply: async (machine, asked, options) => {
    await machine.applyWorker(asked.request, options);
    return outputsOf(asked);
  },
  read: async (_, { before }) => before,
  remove: (machine, asked, options) => machine.removeWorker(asked, options),
  planned,
  unfinished: (asked) => ({ inputs: asked.inputs, outputs: outputsOf(asked) }),
};

/**
 * Undefined where the host itself is not known yet. That the cluster is not made
 * yet is no obstacle: the host can be looked at all the same.
 */
function request(
  context: OnpremContext,
  inputs: PropertyMap,
  before: { readonly inputs: PropertyMap } | undefined,
): WorkerRequest | undefined {
  const { caHash, clusterId, ...rest } = inputs;
  if (containsUnknown(rest)) return undefined;
  const later = (value: PropertyMap[string] | undefined) => knownText(reveal(value ?? null)) ?? "";
  return workerRequest(context, { ...rest, caHash: later(caHash), clusterId: later(clusterId) }, before?.inputs);
}

function outputsOf({ request: { host }, inputs }: Asked<WorkerRequest>): PropertyMap {
  return { ...fillDefaults(definition.inputs, inputs), health: plannedHealth([host]) };
}

function planned(_: OnpremContext, inputs: PropertyMap): PropertyMap {
  const host = reveal(inputs["host"] ?? unknown);
  const name = containsUnknown(host) ? undefined : knownText(Object(host)["name"]);
  return {
    ...fillDefaults(definition.inputs, inputs),
    health: name === undefined ? unknown : plannedHealth([{ name }]),
  };
}
