import type { ApiClient } from "../../src/local/api-client.js";
import { eventually } from "./processes.js";

/** A Deployment whose pods have an init container, a sidecar and an application, idle at a tenth of their request. */
export function deployment(id: string, replicas: number): object {
  const labels = { app: id };
  const requests = { cpu: "200m", memory: "64Mi" };
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const image = "registry.example/app:1.0";
  return {
    metadata: { name: id },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { "simulation.isokube.dev/cpu": "10%" } },
        spec: {
          initContainers: [
            { name: "setup", image, securityContext: restricted },
            { name: "proxy", image, restartPolicy: "Always", resources: { requests }, securityContext: restricted },
          ],
          containers: [{ name: "app", image, resources: { requests }, securityContext: restricted }],
        },
      },
    },
  };
}

/** What the tests read of a pod. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly {
      readonly name: string;
      readonly state: object;
      readonly ready: boolean;
    }[];
  };
}

/** The pods of an application, ready or not. */
export async function pods(api: ApiClient, app: string): Promise<readonly Pod[]> {
  const list = await api.get<{ items: Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
  return list.items;
}

export const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

/** Waits, boundedly, for so many ready pods of an application. */
export async function readyPods(api: ApiClient, app: string, count: number): Promise<readonly Pod[]> {
  let seen: readonly Pod[] = [];
  return eventually(
    `${count} ready pods of ${app}`,
    async () => {
      seen = await pods(api, app);
      return seen.filter(isReady).length === count ? seen : undefined;
    },
    { seen: () => seen.map((pod) => `${pod.metadata.name} ${pod.status.phase}`).join(", ") || "no pod" },
  );
}
