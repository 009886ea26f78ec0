import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { defaultParts, ensureParts, layOutPulumi, progressLines } from "../../../toolchain/index.js";
import { Exit } from "../exit.js";
import { clockBegun, clockMark } from "./clock.js";
import { isReadyPod, type LiveObject, measuredCpu, renderObjects } from "./live-view.js";
import { type DemoCluster, demonstrateScaling, renderSample, simulatedCpuAnnotation } from "./load-demo.js";
import { forgetSalt, layOutProject } from "./project.js";
import { runForOutput, runShown } from "./run.js";
import {
  findWorkspace,
  prepareWorkspace,
  removeStaleLocks,
  type Workspace,
  workspaceEnvironment,
} from "./workspace.js";

const stack = "local";
const namespace = "shop";
const selector = "app.kubernetes.io/name=web";

interface QuickstartOptions {
  readonly destroy?: boolean;
  readonly load?: boolean;
}

/** `isokube quickstart`: the local stack from nothing to a workload that scales. */
export function quickstartCommand(): Command {
  return new Command("quickstart")
    .description("bring up the local stack with a workload that scales, or remove it")
    .option("--destroy", "remove the cluster, the stack and every file of it")
    .option("--load", "show the HPA scale under load again")
    .action(async (options: QuickstartOptions) => {
      const workspace = findWorkspace(process.cwd());
      if (workspace === undefined) {
        throw new Exit(2, "no Pulumi.yaml with a stacks folder here: run this in a checkout of isokube.");
      }
      await (options.destroy === true ? destroy(workspace) : bringUp(workspace, options));
    });
}

/** `isokube env`: what a shell needs to drive the quickstart's stack by hand. */
export function environmentCommand(): Command {
  return new Command("env")
    .description('print the shell settings of the quickstart\'s stack: eval "$(npx isokube env)"')
    .action(async () => {
      const workspace = findWorkspace(process.cwd());
      if (workspace === undefined || !existsSync(workspace.passphraseFile)) {
        throw new Exit(2, "there is no quickstart here: run `npm run quickstart` first.");
      }
      const tools = await layOutTools(workspace);
      for (const [name, value] of Object.entries(tools.env)) process.stdout.write(`export ${name}='${value}'\n`);
    });
}

interface Tools {
  readonly env: Record<string, string>;
  readonly pulumi: string;
  readonly kubectl: string;
}

async function layOutTools(workspace: Workspace): Promise<Tools> {
  const parts = await ensureParts({ parts: defaultParts, onProgress: progressLines(process.stderr) });
  const { binDirectory } = layOutPulumi({ pulumiHome: workspace.pulumiHome, parts });
  const kubectl = parts.get("kubectl");
  if (kubectl === undefined) throw new Error("the toolchain's default parts no longer include kubectl.");
  return {
    env: workspaceEnvironment(workspace, [binDirectory, dirname(kubectl.path)]),
    pulumi: join(binDirectory, "pulumi"),
    kubectl: kubectl.path,
  };
}

async function bringUp(workspace: Workspace, options: QuickstartOptions): Promise<void> {
  const begun = clockBegun(process.env, Date.now());
  const say = (text: string) => process.stderr.write(`${clockMark(begun, Date.now())} ${text}\n`);
  prepareWorkspace(workspace);
  const tools = await layOutTools(workspace);
  layOutProject(workspace, stack);
  const inProject = { env: tools.env, cwd: workspace.projectDirectory };
  for (const lock of removeStaleLocks(workspace)) say(`removed the lock of a run that was killed: ${lock}`);

  say(`pulumi up of stack ${stack}`);
  await runForOutput([tools.pulumi, "stack", "select", "--create", stack], inProject);
  await runShown([tools.pulumi, "up", "--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"], inProject);
  const kubeconfig = await runForOutput(
    [tools.pulumi, "stack", "output", "kubeconfig", "--stack", stack, "--show-secrets"],
    inProject,
  );
  writeFileSync(workspace.kubeconfigFile, kubeconfig, { mode: 0o600 });

  const cluster = kubectlCluster(tools);
  const objects = await waitForMetrics(cluster, say);
  const nodes = await readObjects(tools, ["get", "nodes"]);
  process.stdout.write(`\n${renderObjects([...nodes, ...objects])}\n\n`);

  if (options.load === true || !existsSync(workspace.shownFile)) {
    say(
      "raising the simulated load of the pods, then lowering it (nodes and pods of this target are simulated by kwok; the control plane, the HPA and its metrics are real)",
    );
    let first = true;
    const result = await demonstrateScaling(cluster, {
      show: (sample) => {
        process.stdout.write(`${renderSample(sample, first)}\n`);
        first = false;
      },
      highReplicas: 4,
      phaseTimeoutSeconds: 180,
      pollSeconds: 2,
    });
    writeFileSync(workspace.shownFile, "");
    say(
      `the HPA went from ${result.samples[0]?.replicas ?? "?"} to ${result.highest} replicas and back to ${result.samples.at(-1)?.replicas ?? "?"}`,
    );
  }
  process.stdout.write(`${whatNext}\n`);
  say("done");
}

async function destroy(workspace: Workspace): Promise<void> {
  if (!existsSync(workspace.passphraseFile)) {
    process.stderr.write("nothing to do: there is no quickstart here.\n");
    return;
  }
  const tools = await layOutTools(workspace);
  layOutProject(workspace, stack);
  const inProject = { env: tools.env, cwd: workspace.projectDirectory };
  removeStaleLocks(workspace);
  const stacks = await runForOutput([tools.pulumi, "stack", "ls", "--json"], inProject);
  if (JSON.parse(stacks).some((entry: { name: string }) => entry.name === stack)) {
    await runShown([tools.pulumi, "destroy", "--stack", stack, "--yes", "--skip-preview", "--remove"], inProject);
  }
  // Only now: as long as something of the cluster is left, its state is needed.
  forgetSalt(workspace, stack);
  rmSync(workspace.directory, { recursive: true, force: true });
  process.stderr.write("the cluster, its stack and its files are gone; the toolchain stays in the cache.\n");
}

function kubectlCluster(tools: Tools): DemoCluster {
  return {
    read: () =>
      readObjects(tools, ["get", "deployments,replicasets,pods,hpa", "--namespace", namespace, "--selector", selector]),
    setCpu: async (pods, millicores) => {
      await kubectl(tools, [
        "annotate",
        "pods",
        ...pods,
        `${simulatedCpuAnnotation}=${millicores}m`,
        "--overwrite",
        "--namespace",
        namespace,
      ]);
    },
  };
}

async function readObjects(tools: Tools, query: readonly string[]): Promise<readonly LiveObject[]> {
  const list = JSON.parse(await kubectl(tools, [...query, "--output", "json"])) as { items: LiveObject[] };
  return list.items;
}

function kubectl(tools: Tools, query: readonly string[]): Promise<string> {
  return runForOutput([tools.kubectl, ...query], { env: tools.env, cwd: process.cwd() });
}

/** Waits until the workload's pods run and its HPA has a measured value; bounded. */
async function waitForMetrics(cluster: DemoCluster, say: (text: string) => void): Promise<readonly LiveObject[]> {
  const deadline = Date.now() + 90_000;
  let running = false;
  for (let turn = 0; ; turn++) {
    const objects = await cluster.read();
    const pods = objects.filter((object) => object.kind === "Pod");
    const hpa = objects.find((object) => object.kind === "HorizontalPodAutoscaler");
    const ready = pods.filter(isReadyPod).length;
    const measured = hpa === undefined ? undefined : measuredCpu(hpa);
    if (ready > 0 && ready === pods.length && measured !== undefined) return objects;
    if (ready > 0 && ready === pods.length && !running) {
      running = true;
      say("pods Running; waiting for the HPA's first measurement");
    }
    const seen = `${ready} of ${pods.length} pods ready, HPA ${measured === undefined ? "has no measurement yet" : `measures ${measured} %`}`;
    if (Date.now() > deadline) throw new Exit(1, `the workload is not ready after 90 s: ${seen}.`);
    if (turn % 5 === 0) say(`waiting: ${seen}`);
    await sleep(1000);
  }
}

const whatNext = `
Try next:
  eval "$(npx isokube env)"                  pulumi and kubectl, pointed at this stack
  kubectl get pods --all-namespaces
  pulumi stack --stack local                 what there is
  pulumi preview --stack local               edit stacks/index.ts first
  npm run quickstart -- --load               see the HPA scale again
  npm run quickstart -- --destroy            remove all of it`;
