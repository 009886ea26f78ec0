import { existsSync, readFileSync } from "node:fs";
import { ApiClient } from "../api-client.js";
import { Layout } from "../layout.js";
import { findProcesses } from "../processes.js";
import type { SimulatedKubeletConfig } from "./config.js";
import { watchApiServer } from "./liveness.js";
import type { MeteredPod } from "./meter.js";
import { createKubeletServer } from "./server.js";

// Program of the process that stands for the kubelets of all simulated nodes.
// It is started by the engine and outlives it; SIGTERM ends it.

const file = process.argv[2];
if (file === undefined) throw new Error("usage: simulated-kubelet <config.json>");
const config: SimulatedKubeletConfig = JSON.parse(readFileSync(file, "utf8"));

const api = new ApiClient(config.apiServer.port, {
  ca: readFileSync(config.apiServer.authority, "utf8"),
  cert: readFileSync(config.apiServer.certificate, "utf8"),
  key: readFileSync(config.apiServer.key, "utf8"),
});

const server = createKubeletServer({
  tls: {
    cert: readFileSync(config.certificate),
    key: readFileSync(config.key),
    ca: readFileSync(config.clientAuthority),
  },
  clients: config.clients,
  // Version 0 is answered from the API server's cache: cheap however many pods there are.
  listPods: async () => (await api.get<{ items: MeteredPod[] }>("/api/v1/pods?resourceVersion=0")).items,
});

server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
const layout = new Layout(config.dataDirectory);
void watchApiServer({
  processes: () => findProcesses(layout),
  isBeingChanged: () => existsSync(layout.lock),
  end: (pid) => {
    console.error("etcd is gone: ending the API server, which can answer nobody without it");
    process.kill(pid, "SIGKILL");
  },
  everyMs: 500,
});
server.listen(config.port, config.host);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
