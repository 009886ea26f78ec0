import type { OnpremEngine } from "../../onprem/engine/engine.js";
import type { OnpremMachine } from "./port.js";

/** Hosts that are connected at once; a preview of many must not look like an attack. */
const maxConnections = 20;

/** The real hosts. The engine and its SSH library load when a host is first looked at. */
export function realHosts(): OnpremMachine {
  let started: Promise<OnpremEngine> | undefined;
  const engine = (): Promise<OnpremEngine> => {
    started ??= import("../../onprem/index.js").then(({ startOnpremEngine }) => startOnpremEngine({ maxConnections }));
    return started;
  };
  return {
    lookAtControlPlane: async (request, signal) => (await engine()).lookAtControlPlane(request, signal),
    applyControlPlane: async (request, options) => (await engine()).applyControlPlane(request, options),
    readControlPlane: async (request, signal) => (await engine()).readControlPlane(request, signal),
    removeControlPlane: async (request, options) => (await engine()).removeControlPlane(request, options),
    lookAtWorker: async (request, signal) => (await engine()).lookAtWorker(request, signal),
    applyWorker: async (request, options) => (await engine()).applyWorker(request, options),
    removeWorker: async (request, options) => (await engine()).removeWorker(request, options),
  };
}
