import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { messageOf } from "../../core/message-of.js";
import type { Credentials } from "./credentials.js";
import { openTunnel, parseProxyUrl } from "./proxy.js";

/** The API server answered, and did not say yes. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";

  constructor(
    readonly status: number,
    path: string,
  ) {
    super(`${path} answered ${status}`);
  }
}

/** The API server could not be asked. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Reads from an API server; it can do nothing else. */
export interface ApiReader {
  /**
   * The JSON at a path.
   *
   * @throws ApiStatusError when the answer is not 200.
   * @throws UnreachableError when there is none in time.
   */
  get(path: string): Promise<unknown>;
  /** Closes the connections, so that the program can end. */
  close(): void;
}

/** Reads from an API server, and changes what it is told to; throws as a reader does. */
export interface ApiEditor {
  /** The JSON at a path, which the caller knows. */
  get<T>(path: string): Promise<T>;
  /** Whether there is anything at a path. */
  has(path: string): Promise<boolean>;
  /** Merges a change into the object at a path; answers that are accepted change nothing and are no errors. */
  patch(path: string, change: unknown, accepted: readonly number[]): Promise<void>;
  close(): void;
}

/** Larger answers are not read: facts are small. */
const largestAnswerBytes = 32 << 20;

interface ApiOptions {
  readonly timeoutSeconds: number;
  /** The kubeconfig's. */
  readonly proxyUrl: string | undefined;
}

/** Opens a reader over HTTPS. */
export function openApi(server: string, credentials: Credentials, options: ApiOptions): ApiReader {
  const { ask, close } = openConversation(server, credentials, options);
  return { get: (path) => ask("GET", path), close };
}

/** Opens an editor over HTTPS. */
export function openApiEditor(server: string, credentials: Credentials, options: ApiOptions): ApiEditor {
  const { ask, close } = openConversation(server, credentials, options);
  return {
    // The caller says what it expects of the path it asks for.
    get: <T>(path: string) => ask("GET", path) as Promise<T>,
    has: (path) =>
      ask("GET", path).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiStatusError && error.status === 404) return false;
          throw error;
        },
      ),
    patch: async (path, change, accepted) => {
      try {
        await ask("PATCH", path, JSON.stringify(change));
      } catch (error) {
        if (!(error instanceof ApiStatusError && accepted.includes(error.status))) throw error;
      }
    },
    close,
  };
}

interface Conversation {
  ask(method: string, path: string, body?: string): Promise<unknown>;
  close(): void;
}

function openConversation(server: string, credentials: Credentials, options: ApiOptions): Conversation {
  const base = new URL(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...credentials.tls });
  const proxy = options.proxyUrl === undefined ? undefined : parseProxyUrl(options.proxyUrl);
  const prefix = base.pathname.replace(/\/$/, "");
  const headers = {
    accept: "application/json",
    ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization }),
  };

  const exchange = async (
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingAnswer> => {
    const ofBody = body === undefined ? {} : { "content-type": "application/merge-patch+json" };
    const shared: RequestOptions = { method, headers: { ...headers, ...ofBody }, signal };
    const url = new URL(prefix + path, base);
    if (proxy === undefined) return receive(request(url, { ...shared, agent }), body);
    const tunnel = await openTunnel(proxy, base, credentials.tls, signal);
    try {
      // An agent, even `false`, would connect by itself.
      return await receive(request(url, { ...shared, createConnection: () => tunnel }), body);
    } finally {
      tunnel.destroy();
    }
  };

  const ask = async (method: string, path: string, body?: string): Promise<unknown> => {
    // The whole exchange, not just silence on the line.
    const signal = AbortSignal.timeout(options.timeoutSeconds * 1000);
    try {
      const { status, text } = await exchange(method, path, body, signal);
      if (status !== 200) throw new ApiStatusError(status, path);
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof ApiStatusError) throw error;
      const why = signal.aborted ? `no answer in ${options.timeoutSeconds} s` : reasonOf(error);
      throw new UnreachableError(`${base.host}: ${why}`);
    }
  };
  return { ask, close: () => agent.destroy() };
}

interface IncomingAnswer {
  readonly status: number;
  readonly text: string;
}

async function receive(outgoing: ClientRequest, body: string | undefined): Promise<IncomingAnswer> {
  const answer = await new Promise<IncomingMessage>((done, fail) => {
    outgoing.once("error", fail).once("response", done);
    outgoing.end(body);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > largestAnswerBytes) throw new Error("the answer is too large");
    chunks.push(part);
  }
  return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is not JSON";
  return messageOf(error);
}
