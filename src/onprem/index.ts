import { artifactsFromBundle } from "./artifacts/from-bundle.js";
import { OnpremEngine } from "./engine/engine.js";
import type { OnpremClusterSpec } from "./spec.js";
import { SshConnector } from "./transport/connector.js";

export interface OnpremEngineOptions {
  /** Hosts that are connected at once. */
  readonly maxConnections: number;
}

/** The engine of bare metal, over real connections. */
export function startOnpremEngine({ maxConnections }: OnpremEngineOptions): OnpremEngine {
  return new OnpremEngine(new SshConnector({ maxConnections }), async (cluster) => artifactsOf(cluster));
}

function artifactsOf({ artifacts, kubernetesVersion }: OnpremClusterSpec) {
  if (artifacts.kind === "bundle") {
    return artifactsFromBundle(artifacts.directory, artifacts.publicKeyFile, kubernetesVersion);
  }
  throw new Error("online artifacts are not there yet");
}
