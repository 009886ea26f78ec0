import { request } from "node:http";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { refusal } from "./refusal.js";

/**
 * A TLS connection to the API server through the kubeconfig's `proxy-url`, as
 * Kubernetes' clients open it.
 */
export function openTunnel(
  proxyUrl: string,
  target: URL,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const proxy = URL.canParse(proxyUrl) ? new URL(proxyUrl) : undefined;
  if (proxy?.protocol !== "http:") {
    throw refusal({
      code: "existing/proxy",
      path: "existing.kubeconfig",
      why: "its proxy-url is no http:// URL, and no other kind of proxy is supported",
      fix: "use an http:// proxy, or reach the cluster without one",
    });
  }
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((done, fail) => {
    const tunnel = request({
      host: proxy.hostname,
      port: proxy.port === "" ? 80 : proxy.port,
      method: "CONNECT",
      path: `${target.hostname}:${target.port === "" ? "443" : target.port}`,
      headers: login === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` },
      signal,
    });
    tunnel.once("error", fail);
    tunnel.once("connect", (answer, socket) => {
      if (answer.statusCode !== 200) {
        socket.destroy();
        return fail(new Error(`the proxy ${proxy.host} answered ${answer.statusCode ?? 0}`));
      }
      const secured = connect({ servername: target.hostname, ...options, socket });
      secured.once("error", fail).once("secureConnect", () => done(secured));
    });
    tunnel.end();
  });
}
