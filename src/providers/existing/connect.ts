import { type ApiEditor, openApiEditor } from "./api-client.js";
import { readCredentials } from "./credentials.js";
import { readKubeconfigText, selectContext, textOf } from "./kubeconfig.js";

/** Seconds for one answer. */
const timeoutSeconds = 20;

/**
 * Opens a cluster by the current context of its kubeconfig.
 *
 * @throws ExistingClusterError when the kubeconfig gives no credentials.
 */
export async function connect(kubeconfig: string): Promise<ApiEditor> {
  const context = selectContext(readKubeconfigText(kubeconfig), undefined);
  const credentials = await readCredentials(context, timeoutSeconds);
  return openApiEditor(context.server, credentials, {
    timeoutSeconds,
    proxyUrl: textOf(context.cluster, "proxy-url"),
  });
}
