import { readFileSync } from "node:fs";
import { assertNoProblems, ValidationError } from "../core/validation.js";
import type { Artifacts } from "./artifacts/artifacts.js";
import { bundleArtifacts } from "./artifacts/from-bundle.js";
import { openBundle } from "./artifacts/read-bundle.js";
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

function artifactsOf({ artifacts, kubernetesVersion }: OnpremClusterSpec): Artifacts {
  if (artifacts.kind === "online") {
    throw new ValidationError("the cluster's parts", [
      {
        code: "onprem/artifacts-online",
        path: "onprem.artifacts.bundle",
        why: "this release brings binaries and images to hosts from a bundle only, and none is named",
        fix: 'run `npx isokube bundle --output ./bundle` where there is a network, and set artifacts: { bundle: "./bundle" }',
      },
    ]);
  }
  const { directory, publicKeyFile } = artifacts;
  const key = publicKeyFile === undefined ? undefined : readFileSync(publicKeyFile, "utf8");
  const found = bundleArtifacts(directory, openBundle(directory, key));
  if (found.kubernetesVersion !== kubernetesVersion) {
    assertNoProblems("the bundle", [
      {
        code: "bundle/other-version",
        path: "onprem.artifacts.bundle",
        value: directory,
        why: `it is of Kubernetes ${found.kubernetesVersion}, and ${kubernetesVersion} is asked for`,
        fix: `make one with \`npx isokube bundle --kubernetes-version ${kubernetesVersion}\``,
      },
    ]);
  }
  return found;
}
