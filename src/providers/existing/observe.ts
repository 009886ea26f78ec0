import { minorOf } from "../../core/versions.js";
import { type CapabilityTable, native, type Support, unsupported } from "../capabilities.js";
import { ApiStatusError, openApi, UnreachableError } from "./api-client.js";
import { readCredentials } from "./credentials.js";
import { detectCapabilities, nodesAreSimulated } from "./detect.js";
import { type ClusterFacts, readFacts } from "./facts.js";
import {
  readKubeconfigFiles,
  readKubeconfigText,
  renderKubeconfig,
  type SelectedContext,
  selectContext,
  textOf,
} from "./kubeconfig.js";
import { refusal } from "./refusal.js";

/** Which cluster, and what is expected of it. */
export interface ObserveRequest {
  /** Undefined reads this user's files. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** The minor that it must run. */
  readonly kubernetesVersion: string | undefined;
  readonly timeoutSeconds: number;
}

/** What was found. */
export interface ObservedCluster {
  /** Only the chosen context. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly endpoint: string;
  readonly version: string;
  /** Tells this cluster from every other. */
  readonly identity: string;
  readonly capabilities: CapabilityTable;
  readonly nodes: number | undefined;
  readonly simulatedNodes: boolean;
}

/**
 * Looks at a cluster without changing it.
 *
 * @throws ExistingClusterError when it cannot be reached, or is not what was expected.
 */
export async function observeExisting(request: ObserveRequest): Promise<ObservedCluster> {
  const config =
    request.kubeconfig === undefined ? await readKubeconfigFiles() : readKubeconfigText(request.kubeconfig);
  const context = selectContext(config, request.context);
  const facts = await readClusterFacts(context, request.timeoutSeconds);
  checkVersion(request.kubernetesVersion, facts.version);
  return {
    kubeconfig: renderKubeconfig(context),
    context: context.name,
    endpoint: context.server,
    version: facts.version,
    identity: facts.uid.seen && facts.uid.value !== "" ? facts.uid.value : context.server,
    capabilities: detectCapabilities(facts, judgeCredentials(context)),
    nodes: facts.nodes.seen ? facts.nodes.value.length : undefined,
    simulatedNodes: nodesAreSimulated(facts),
  };
}

async function readClusterFacts(context: SelectedContext, timeoutSeconds: number): Promise<ClusterFacts> {
  const credentials = await readCredentials(context, timeoutSeconds);
  const api = openApi(context.server, credentials, {
    timeoutSeconds,
    proxyUrl: textOf(context.cluster, "proxy-url"),
  });
  try {
    return await readFacts(api);
  } catch (error) {
    const at = { path: "existing.context", value: context.name };
    if (error instanceof ApiStatusError) {
      const denied = error.status === 401 || error.status === 403;
      throw refusal({
        code: denied ? "existing/denied" : "existing/failing",
        ...at,
        why: `the API server at ${context.server} answered ${error.status}`,
        fix: denied
          ? "log in again, or use a context whose user may read the cluster"
          : "look at the API server's health",
      });
    }
    if (error instanceof UnreachableError) {
      throw refusal({
        code: "existing/unreachable",
        ...at,
        why: `the API server cannot be reached (${error.message})`,
        fix: `try kubectl --context ${context.name} version; check network, VPN and the kubeconfig's server`,
      });
    }
    throw error;
  } finally {
    api.close();
  }
}

function checkVersion(asked: string | undefined, running: string): void {
  if (asked === undefined || asked === minorOf(running)) return;
  throw refusal({
    code: "existing/other-version",
    path: "kubernetesVersion",
    value: asked,
    why: `the cluster runs ${running}, and isokube does not upgrade an existing cluster`,
    fix: `leave kubernetesVersion out, or write "${minorOf(running) ?? running}"`,
  });
}

function judgeCredentials({ user }: SelectedContext): Support {
  if (user["exec"] !== undefined) return native("exec credentials");
  if (user["client-certificate"] !== undefined || user["client-certificate-data"] !== undefined) {
    return native("a client certificate, marked secret");
  }
  return unsupported(
    "the kubeconfig holds a token or password that may live long",
    "use a context with an exec plugin or a client certificate",
  );
}
