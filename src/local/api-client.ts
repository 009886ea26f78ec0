import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { type Layout, loopback } from "./layout.js";

/** What the API server answered when it refused. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const requestTimeoutMs = 15_000;
const fieldManager = "isokube";

/** A client of one HTTPS server on loopback that presents a certificate; connections are kept. */
export class ApiClient {
  readonly #agent: Agent;

  constructor(
    readonly port: number,
    credentials: { readonly ca: string; readonly cert: string; readonly key: string },
  ) {
    this.#agent = new Agent({ ...credentials, keepAlive: true, maxSockets: 8, scheduling: "lifo" });
  }

  /** Reads the named certificate from the cluster's directory. */
  static open(layout: Layout, port: number, identity: string, authority = "ca"): ApiClient {
    const read = (path: string): string => readFileSync(path, "utf8");
    return new ApiClient(port, {
      ca: read(layout.certificate(authority)),
      cert: read(layout.certificate(identity)),
      key: read(layout.key(identity)),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Sends one request; rejects only when no answer came. */
  send(
    method: string,
    path: string,
    options: { body?: unknown; contentType?: string; timeoutMs?: number } = {},
  ): Promise<Answer> {
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
    return new Promise((done, fail) => {
      const outgoing = request(
        {
          host: loopback,
          port: this.port,
          method,
          path,
          agent: this.#agent,
          headers:
            body === undefined
              ? {}
              : { "content-type": options.contentType ?? "application/json", "content-length": body.length },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.once("error", fail);
          incoming.once("end", () =>
            done({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
          );
        },
      );
      // A deadline for the whole exchange: a stopped server accepts and then says nothing.
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`)),
        timeoutMs,
      );
      outgoing.once("close", () => clearTimeout(timer));
      outgoing.once("error", fail);
      outgoing.end(body);
    });
  }

  /** True when the path answers 200, false for any other answer or none. */
  async answersOk(path: string, timeoutMs: number): Promise<boolean> {
    try {
      return (await this.send("GET", path, { timeoutMs })).status === 200;
    } catch {
      return false;
    }
  }

  async #call<T>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
    timeoutMs = requestTimeoutMs,
  ): Promise<T> {
    const answer = await this.send(method, path, {
      timeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (answer.status >= 300) throw toError(method, path, answer);
    return JSON.parse(answer.body);
  }

  get<T>(path: string, timeoutMs?: number): Promise<T> {
    return this.#call("GET", path, undefined, undefined, timeoutMs);
  }

  /** The object at a path; undefined when there is none. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  create(path: string, body: unknown): Promise<void> {
    return this.#call("POST", `${path}?fieldManager=${fieldManager}`, body);
  }

  replace(path: string, body: unknown): Promise<void> {
    return this.#call("PUT", `${path}?fieldManager=${fieldManager}`, body);
  }

  /** Merge patch. */
  patch(path: string, body: unknown): Promise<void> {
    return this.#call("PATCH", `${path}?fieldManager=${fieldManager}`, body, "application/merge-patch+json");
  }

  /** Deletes; that it is gone already is fine. */
  async delete(path: string, body?: unknown): Promise<void> {
    try {
      await this.#call("DELETE", path, body);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** Server-side apply: creates or corrects exactly the fields given. */
  apply(object: ApiObject): Promise<void> {
    const path = `${pathOf(object)}?fieldManager=${fieldManager}&force=true`;
    return this.#call("PATCH", path, object, "application/apply-patch+yaml");
  }
}

function toError(method: string, path: string, { status, body }: Answer): ApiError {
  let [reason, message] = ["", body.slice(0, 300)];
  try {
    const parsed: { reason?: string; message?: string } = JSON.parse(body);
    reason = parsed.reason ?? reason;
    message = parsed.message ?? message;
  } catch {
    // not a Status object: the text itself says why
  }
  return new ApiError(status, reason, `${method} ${path}: ${status} ${message}`.trim());
}

const plurals: Readonly<Record<string, string>> = {
  APIService: "apiservices",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Service: "services",
  StorageClass: "storageclasses",
};

/** URL path of an object of the kinds this engine applies. */
export function pathOf({ apiVersion, kind, metadata }: ApiObject): string {
  const plural = plurals[kind];
  if (plural === undefined) throw new Error(`unreachable: no path is known for ${kind}`);
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${group}${namespace}/${plural}/${metadata.name}`;
}
