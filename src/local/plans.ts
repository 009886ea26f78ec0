import { createHash } from "node:crypto";
import { renderEtcd } from "./components/etcd.js";
import { renderKubeApiserver } from "./components/kube-apiserver.js";
import { renderKubeControllerManager } from "./components/kube-controller-manager.js";
import { renderKubeScheduler } from "./components/kube-scheduler.js";
import { renderKwok } from "./components/kwok.js";
import { renderMetricsServer } from "./components/metrics-server.js";
import type { ProcessPlan, RenderContext } from "./components/process-plan.js";
import { renderSimulatedKubelet } from "./components/simulated-kubelet.js";
import { ensureFile, readIfPresent } from "./files.js";
import type { ProcessName } from "./layout.js";
import type { Command } from "./processes.js";

const renderers: Readonly<Record<ProcessName, (context: RenderContext) => ProcessPlan>> = {
  etcd: renderEtcd,
  "kube-apiserver": renderKubeApiserver,
  "kube-controller-manager": renderKubeControllerManager,
  "kube-scheduler": renderKubeScheduler,
  kwok: renderKwok,
  "simulated-kubelet": renderSimulatedKubelet,
  "metrics-server": renderMetricsServer,
};

/** Writes a process's configuration files and says how to start it now. */
export function prepareCommand(name: ProcessName, context: RenderContext): Command {
  const plan = renderers[name](context);
  for (const [path, content] of Object.entries(plan.files)) ensureFile(path, content);
  return {
    name,
    executable: plan.executable,
    arguments: plan.arguments,
    environment: plan.environment,
    fingerprint: fingerprint(plan),
  };
}

/** Changes with anything that only a restart brings into effect. */
function fingerprint(plan: ProcessPlan): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([plan.executable, plan.arguments, plan.environment, plan.files]));
  for (const path of plan.reads) {
    hash.update(`\0${path}\0`);
    hash.update(readIfPresent(path) ?? "");
  }
  return hash.digest("hex").slice(0, 32);
}
