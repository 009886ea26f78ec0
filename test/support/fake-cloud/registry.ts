import type { Target } from "../../../src/providers/contract.js";
import type { ApiEditor } from "../../../src/providers/existing/api-client.js";
import { connect } from "../../../src/providers/existing/connect.js";
import { fakeCloudProvider } from "./adapter.js";

/** Takes the registry's place in a bundled program: every target that isokube makes is the fake cloud. */
export function targetEntry(target: Target) {
  return { provider: fakeCloudProvider, needsBlock: false, createsCluster: target !== "existing", listsNodes: false };
}

export async function connectToCluster(kubeconfig: string): Promise<ApiEditor> {
  return connect(kubeconfig);
}
