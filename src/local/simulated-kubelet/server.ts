import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { TLSSocket } from "node:tls";
import { messageOf } from "../../core/message-of.js";
import { renderResourceMetrics } from "./exposition.js";
import { Meter, type MeteredPod } from "./meter.js";

/** Metrics of all nodes come from one list of pods; asking again within this time gets the same. */
const freshMilliseconds = 900;

export interface KubeletServerOptions {
  /** Certificate, key and the authority that clients must be signed by. */
  readonly tls: Pick<ServerOptions, "cert" | "key" | "ca">;
  /** Common names of the clients that are let in. */
  readonly clients: readonly string[];
  readonly listPods: () => Promise<readonly MeteredPod[]>;
}

/** Path, below a node's own, at which metrics-server asks. */
export function metricsPath(node: string): string {
  return `/nodes/${node}/metrics/resource`;
}

/** An HTTPS server that completes no handshake without a certificate of the cluster's authority. */
export function createKubeletServer({ tls, clients, listPods }: KubeletServerOptions): Server {
  const meter = new Meter();
  let readings: ReturnType<Meter["read"]> = new Map();
  let readAt = 0;
  let reading: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    const pods = await listPods();
    readAt = Date.now();
    readings = meter.read(pods, readAt / 1000);
  };

  const metricsOf = async (node: string): Promise<string> => {
    if (Date.now() - readAt > freshMilliseconds) {
      reading ??= refresh().finally(() => {
        reading = undefined;
      });
      await reading;
    }
    return renderResourceMetrics(readings.get(node) ?? meter.readIdle(node, readAt / 1000), readAt);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request;
    const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
    if (subject === undefined || !clients.includes(subject)) return reply(response, 403, "forbidden");
    const path = request.url ?? "/";
    if (request.method !== "GET") return reply(response, 405, "only GET");
    if (path === "/healthz") return reply(response, 200, "ok");
    const node = /^\/nodes\/([^/]+)\/metrics\/resource$/.exec(path)?.[1];
    if (node !== undefined) return reply(response, 200, await metricsOf(decodeURIComponent(node)));
    if (/^\/(containerLogs|exec|attach|portForward|run)\//.test(path)) {
      return reply(response, 501, "this pod is simulated: no container runs, so there is nothing to show or to enter");
    }
    reply(response, 404, "not found");
  };

  return createServer(
    { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        reply(response, 503, messageOf(error));
      });
    },
  );
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(body);
}
