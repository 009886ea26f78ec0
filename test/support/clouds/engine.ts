import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultKubernetesMinor, kubernetesVersions } from "../../../toolchain/index.js";
import { chartMirror } from "../charts.js";
import { Engine, type EngineOptions } from "../engine.js";
import { localBinaries } from "../local-machine.js";
import { bundlePrograms, type Programs } from "./bundle.js";
import { clouds as rulesByPackage } from "./clouds.js";
import type { Machine } from "./clusters.js";
import { authoritiesFolder, directoryVariable, machineFile } from "./environment.js";
import type { Block, CloudRules } from "./model.js";
import type { PackageSchema } from "./schema/shape.js";
import { ensureSchema } from "./schema/store.js";
import { SimulatedCloud } from "./simulated-cloud.js";
import { readJson, writeJson } from "./store.js";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

type Cloud = CloudRules["cloud"];

export interface SimulatedEngineOptions extends Omit<EngineOptions, "env"> {
  /** The clouds that the program uses; the plugins of others are not there. */
  readonly clouds: readonly Cloud[];
  /** Kubernetes minors whose control planes can be started. @default the toolchain's default */
  readonly minors?: readonly string[];
  /** Added to every command's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real engine with the plugins of simulated clouds, and these. */
export interface SimulatedEngine {
  readonly engine: Engine;
  /** @throws when the cloud is not among those asked for */
  cloud(name: Cloud): SimulatedCloud;
}

const standIns = ["aws", "kubelogin", "gke-gcloud-auth-plugin"];

/** What a stack of each cloud is configured with, by the name of its provider. */
const configurations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws: { region: "eu-west-1" },
  "azure-native": {
    location: "westeurope",
    subscriptionId: "00000000-0000-4000-8000-000000000001",
    tenantId: "00000000-0000-4000-8000-000000000002",
  },
  gcp: { project: "simulated-project", region: "europe-west1" },
};

/** Like `Engine.create`, with simulated clouds; `engine.close()` ends them too. */
export async function createSimulatedEngine(options: SimulatedEngineOptions): Promise<SimulatedEngine> {
  const rules = options.clouds.map(rulesOf);
  const [programs, charts, schemas, binaries] = await Promise.all([
    bundlePrograms(),
    chartMirror(),
    Promise.all(rules.map((each) => ensureSchema(sdkDirectory(each), Object.keys(each.resources)))),
    Promise.all((options.minors ?? [defaultKubernetesMinor]).map(async (minor) => [minor, await localBinaries(minor)])),
  ]);
  const machine: Machine = {
    versions: kubernetesVersions,
    binaries: Object.fromEntries(binaries),
    schemas: Object.fromEntries(rules.map((each, index) => [each.package, schemas[index] ?? ""])),
    loadBalancers: programs.loadBalancers,
  };
  const directoryOf = (engine: string): string => join(engine, "simulated-clouds");
  const engine = await Engine.create({
    ...options,
    config: { ...configOf(rules), ...options.config },
    env: (directory) => ({
      [directoryVariable]: directoryOf(directory),
      ISOKUBE_CHARTS: charts,
      SSL_CERT_DIR: join(directoryOf(directory), authoritiesFolder),
      PATH: [join(directoryOf(directory), "bin"), dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(
        delimiter,
      ),
      ...options.env,
    }),
  });
  try {
    const directory = directoryOf(engine.directory);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeJson(join(directory, machineFile), machine);
    for (const each of rules) layOutPlugin(engine, each, machine, programs);
    layOutStandIns(join(directory, "bin"), programs);
    const clouds = new Map(
      rules.map((each) => [each.cloud, new SimulatedCloud(directory, each, machine, configurationOf(each.package))]),
    );
    return {
      engine,
      cloud: (name) => {
        const cloud = clouds.get(name);
        if (cloud === undefined) throw new Error(`this engine has no simulated ${name}`);
        return cloud;
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function rulesOf(cloud: Cloud): CloudRules {
  const found = Object.values(rulesByPackage).find((rules) => rules.cloud === cloud);
  if (found === undefined) throw new Error(`there are no rules of a simulated ${cloud}`);
  return found;
}

function sdkDirectory(rules: CloudRules): string {
  return join(repository, "node_modules", "@pulumi", rules.package);
}

function configurationOf(name: string): Block {
  return configurations[name] ?? {};
}

function configOf(rules: readonly CloudRules[]): Record<string, string> {
  return Object.fromEntries(
    rules.flatMap((each) =>
      Object.entries(configurations[each.package] ?? {}).map(([key, value]) => [`${each.package}:${key}`, value]),
    ),
  );
}

/** Where the engine looks for the plugin that an SDK asks for: its version is the SDK's. */
function layOutPlugin(engine: Engine, rules: CloudRules, machine: Machine, programs: Programs): void {
  const schema = readJson<PackageSchema>(machine.schemas[rules.package] ?? "");
  if (schema === undefined) throw new Error(`there is no schema of ${rules.package}`);
  const home = engine.env["PULUMI_HOME"] ?? "";
  const folder = join(home, "plugins", `resource-${rules.package}-v${schema.version}`);
  mkdirSync(folder, { recursive: true });
  writeProgram(join(folder, `pulumi-resource-${rules.package}`), programs.provider, rules.package);
}

function layOutStandIns(folder: string, programs: Programs): void {
  mkdirSync(folder, { recursive: true });
  for (const name of standIns) writeProgram(join(folder, name), programs.standIn, name);
}

function writeProgram(path: string, program: string, argument: string): void {
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${program}" ${argument} "$@"\n`);
  chmodSync(path, 0o755);
}
