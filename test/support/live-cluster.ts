import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { destroyCluster, ensureCluster } from "../../src/local/index.js";
import { defaultKubernetesMinor, ensureParts, kubernetesVersions } from "../../toolchain/index.js";

const components = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
] as const;

/** An API object, as far as tests look into it. */
export interface LiveObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** `Warning` headers, for example of Pod Security admission. */
  readonly warnings: string[];
}

/** A real control plane of a test's own, and its API without a client library between. */
export class LiveCluster {
  private constructor(
    readonly kubeconfig: string,
    private readonly home: string,
    private readonly credentials: { server: string; ca: Buffer; cert: Buffer; key: Buffer },
  ) {}

  static async create(nodes = 3): Promise<LiveCluster> {
    const parts = await ensureParts({ parts: components });
    const path = (name: (typeof components)[number]): string => {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`the toolchain gave no ${name}`);
      return part.path;
    };
    const kubernetesVersion = kubernetesVersions[defaultKubernetesMinor];
    if (kubernetesVersion === undefined) throw new Error(`no version of Kubernetes ${defaultKubernetesMinor}`);
    const home = await mkdtemp(join(tmpdir(), "isokube-live-"));
    try {
      const { kubeconfig } = await ensureCluster(
        {
          id: `live-${randomBytes(4).toString("hex")}`,
          dataDirectory: join(home, "cluster"),
          owner: "live-cluster",
          kubernetesVersion,
          pools: [{ name: "general", count: nodes, cpu: "64", memory: "256Gi", arch: "amd64", labels: {}, taints: [] }],
          podCidr: "10.244.0.0/16",
          serviceCidr: "10.96.0.0/16",
          auditLogs: false,
          secretsEncryption: false,
          // Quick, so that whatever an autoscaler would do it does during the test.
          hpaSyncPeriodSeconds: 1,
          hpaDownscaleStabilizationSeconds: 1,
          metricsResolutionSeconds: 10,
        },
        {
          etcd: path("etcd"),
          "kube-apiserver": path("kube-apiserver"),
          "kube-controller-manager": path("kube-controller-manager"),
          "kube-scheduler": path("kube-scheduler"),
          kwok: path("kwok"),
          "metrics-server": path("metrics-server"),
        },
      );
      return new LiveCluster(kubeconfig, home, credentialsOf(kubeconfig));
    } catch (error) {
      await destroyCluster(join(home, "cluster"));
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await destroyCluster(join(this.home, "cluster"));
    await rm(this.home, { recursive: true, force: true });
  }

  /** One call; whatever the server answers is returned. */
  async call(method: string, path: string, body?: object): Promise<ApiAnswer> {
    const response = await this.#send(method, path, body);
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    const warnings = [response.headers["warning"] ?? []].flat();
    return { status: response.statusCode ?? 0, body: JSON.parse(text), warnings };
  }

  /** The object at `path`, or nothing when there is none. */
  async get(path: string): Promise<LiveObject | undefined> {
    const { status, body } = await this.call("GET", path);
    if (status === 404) return undefined;
    if (status !== 200 || !isLiveObject(body)) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Follows the objects at `path` until `stop` is called; every state the API server tells reaches `onState`. */
  async watch(path: string, onState: (object: LiveObject) => void): Promise<{ stop(): void }> {
    const response = await this.#send("GET", `${path}${path.includes("?") ? "&" : "?"}watch=1`);
    let rest = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { object }: { object: unknown } = JSON.parse(line);
        if (isLiveObject(object)) onState(object);
      }
    });
    return { stop: () => void response.destroy() };
  }

  #send(method: string, path: string, body?: object): Promise<IncomingMessage> {
    const { server, ca, cert, key } = this.credentials;
    return new Promise((done, fail) => {
      const call = request(
        new URL(path, server),
        { method, ca, cert, key, headers: body === undefined ? {} : { "content-type": "application/json" } },
        done,
      );
      call.on("error", fail);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function isLiveObject(value: unknown): value is LiveObject {
  return typeof value === "object" && value !== null && "metadata" in value;
}

function credentialsOf(kubeconfig: string): { server: string; ca: Buffer; cert: Buffer; key: Buffer } {
  const config: {
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
    users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
  } = parse(kubeconfig);
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error("the kubeconfig names no cluster and user");
  const decoded = (data: string) => Buffer.from(data, "base64");
  return {
    server: cluster.server,
    ca: decoded(cluster["certificate-authority-data"]),
    cert: decoded(user["client-certificate-data"]),
    key: decoded(user["client-key-data"]),
  };
}
