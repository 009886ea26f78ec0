import { once } from "node:events";
import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueAuthority, issueCertificate } from "../../src/local/certificates.js";
import type { MeteredPod } from "../../src/local/simulated-kubelet/meter.js";
import { createKubeletServer, metricsPath } from "../../src/local/simulated-kubelet/server.js";

const authority = issueAuthority("ca");
const serving = issueCertificate(authority, { commonName: "kubelet", usages: ["server"], names: ["127.0.0.1"] });
const client = (commonName: string, signer = authority) =>
  issueCertificate(signer, { commonName, usages: ["client"], names: [] });

let lists = 0;
let pods: () => Promise<readonly MeteredPod[]> = async () => [];
const server = createKubeletServer({
  tls: { cert: serving.certificate, key: serving.key, ca: authority.certificate },
  clients: ["metrics-server"],
  listPods: () => {
    lists += 1;
    return pods();
  },
});
let port = 0;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address !== null && typeof address === "object") port = address.port;
});
afterAll(() => server.close());

function ask(
  path: string,
  identity?: { certificate: string; key: string },
  method = "GET",
): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        ca: authority.certificate,
        agent: false,
        ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
      },
      (incoming) => {
        let body = "";
        incoming.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        incoming.once("end", () => done({ status: incoming.statusCode ?? 0, body }));
      },
    );
    outgoing.once("error", fail);
    outgoing.end();
  });
}

const metricsServer = client("metrics-server");

describe("the simulated kubelet", () => {
  test.each([
    { who: "without a certificate", identity: undefined },
    { who: "with a certificate of another authority", identity: client("metrics-server", issueAuthority("ca")) },
  ])("completes no handshake $who", async ({ identity }) => {
    await expect(ask("/healthz", identity)).rejects.toThrow(/socket hang up|ECONNRESET|alert|EPIPE/i);
  });

  test.each(["/healthz", metricsPath("general-0")])("refuses a known authority's unknown user at %s", async (path) => {
    expect(await ask(path, client("system:kube-scheduler"))).toEqual({ status: 403, body: "forbidden" });
  });

  test.each([
    { path: "/healthz", method: "GET", status: 200 },
    { path: "/", method: "GET", status: 404 },
    { path: "/metrics", method: "GET", status: 404 },
    { path: "/debug/pprof/", method: "GET", status: 404 },
    { path: "/nodes/general-0/metrics/resource", method: "POST", status: 405 },
    { path: "/containerLogs/default/web/web", method: "GET", status: 501 },
  ])("answers $method $path with $status", async ({ path, method, status }) => {
    expect((await ask(path, metricsServer, method)).status).toBe(status);
  });

  test("measures all nodes from one list of pods", async () => {
    await new Promise((wake) => setTimeout(wake, 1_000)); // what an earlier test read has aged
    lists = 0;
    const answers = await Promise.all(["a", "b", "c"].map((name) => ask(metricsPath(name), metricsServer)));
    expect(lists).toBe(1);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatch(/^node_cpu_usage_seconds_total \d+(\.\d+)? \d{13}$/m);
    }
  });

  test("says so when the API server cannot be asked, and goes on", async () => {
    await new Promise((wake) => setTimeout(wake, 1_000));
    pods = () => Promise.reject(new Error("connection refused"));
    expect(await ask(metricsPath("a"), metricsServer)).toEqual({ status: 503, body: "connection refused" });
    pods = async () => [];
    expect((await ask(metricsPath("a"), metricsServer)).status).toBe(200);
  });
});
