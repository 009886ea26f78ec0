import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import type { Credentials } from "./credentials.js";
import { openTunnel } from "./proxy.js";

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

/** Larger answers are not read: facts are small. */
const largestAnswerBytes = 32 << 20;

/** Opens a reader over HTTPS; `proxyUrl` is the kubeconfig's. */
export function openApi(
  server: string,
  credentials: Credentials,
  options: { readonly timeoutSeconds: number; readonly proxyUrl: string | undefined },
): ApiReader {
  const base = new URL(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...credentials.tls });
  const prefix = base.pathname.replace(/\/$/, "");
  const headers = {
    accept: "application/json",
    ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization }),
  };

  const open = async (path: string, signal: AbortSignal): Promise<ClientRequest> => {
    const shared: RequestOptions = { headers, signal };
    const url = new URL(prefix + path, base);
    if (options.proxyUrl === undefined) return request(url, { ...shared, agent });
    const socket = await openTunnel(options.proxyUrl, base, credentials.tls, signal);
    return request(url, { ...shared, agent: false, createConnection: () => socket });
  };

  return {
    async get(path) {
      // The whole exchange, not just silence on the line.
      const signal = AbortSignal.timeout(options.timeoutSeconds * 1000);
      try {
        const answer = await send(await open(path, signal));
        const text = await readAll(answer);
        if (answer.statusCode !== 200) throw new ApiStatusError(answer.statusCode ?? 0, path);
        return JSON.parse(text);
      } catch (error) {
        if (error instanceof ApiStatusError) throw error;
        const why = signal.aborted ? `no answer in ${options.timeoutSeconds} s` : reasonOf(error);
        throw new UnreachableError(`${base.host}: ${why}`);
      }
    },
    close: () => agent.destroy(),
  };
}

function send(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    outgoing.once("error", fail).once("response", done);
    outgoing.end();
  });
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > largestAnswerBytes) throw new Error("the answer is too large");
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is not JSON";
  return error instanceof Error ? error.message : String(error);
}
