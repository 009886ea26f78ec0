import { request } from "node:http";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { refusal } from "./refusal.js";

/** Reads the kubeconfig's `proxy-url`. */
export function parseProxyUrl(proxyUrl: string): URL {
  const proxy = URL.canParse(proxyUrl) ? new URL(proxyUrl) : undefined;
  if (proxy?.protocol === "http:") return proxy;
  throw refusal({
    code: "existing/proxy",
    path: "existing.kubeconfig",
    why: "its proxy-url is no http:// URL, and no other kind of proxy is supported",
    fix: "use an http:// proxy, or reach the cluster without one",
  });
}

/** A TLS connection to the API server through a proxy, as Kubernetes' clients open it. */
export function openTunnel(
  proxy: URL,
  target: URL,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
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
      const secured = connect({ ...serverName(target.hostname), ...options, socket });
      // Closing what is on top leaves the tunnel open, and an open tunnel keeps the program from ending.
      secured.once("close", () => socket.destroy());
      secured.once("error", fail).once("secureConnect", () => done(secured));
    });
    tunnel.end();
  });
}

/** Whom the certificate must name. Only names are sent, never addresses (RFC 6066). */
function serverName(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { host, servername: host } : { host };
}
