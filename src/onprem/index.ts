import { readFileSync } from "node:fs";
import { assertNoProblems } from "../core/validation.js";
import type { Artifacts } from "./artifacts/artifacts.js";
import { bundleArtifacts } from "./artifacts/from-bundle.js";
import { onlineArtifacts } from "./artifacts/online.js";
import { publishedDigest } from "./artifacts/published-digest.js";
import { openBundle } from "./artifacts/read-bundle.js";
import { OnpremEngine } from "./engine/engine.js";
import type { ArtifactsSpec, OnpremClusterSpec } from "./spec.js";
import { SshConnector } from "./transport/connector.js";

export interface OnpremEngineOptions {
  /** Hosts that are connected at once. */
  readonly maxConnections: number;
}

/** The engine of bare metal, over real connections. */
export function startOnpremEngine({ maxConnections }: OnpremEngineOptions): OnpremEngine {
  const digests = new Map<string, Promise<string>>();
  // Two hundred workers ask for the same four files.
  const digestOf = (url: string): Promise<string> => {
    const known = digests.get(url);
    if (known !== undefined) return known;
    const asked = publishedDigest(url);
    digests.set(url, asked);
    asked.catch(() => digests.delete(url));
    return asked;
  };
  return new OnpremEngine(new SshConnector({ maxConnections }), async (cluster) =>
    cluster.artifacts.kind === "online"
      ? onlineArtifacts(cluster, cluster.artifacts, digestOf)
      : fromBundle(cluster, cluster.artifacts),
  );
}

function fromBundle(
  { kubernetesVersion }: OnpremClusterSpec,
  { directory, publicKeyFile }: Extract<ArtifactsSpec, { readonly kind: "bundle" }>,
): Artifacts {
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
