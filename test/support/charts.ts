import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { pinnedChart } from "../../src/components/cluster/charts.js";
import { cacheDirectory } from "../../toolchain/cache.js";
import { runCommand } from "../../toolchain/commands.js";
import { goEnvironment } from "../../toolchain/go.js";

/** The module that carries the chart's source, and what must come out of it. */
const gatewayModule = {
  path: "github.com/envoyproxy/gateway",
  version: "v1.9.1",
  sum: "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
} as const;

/** Changes when what is made of the module changes. */
const recipe = "1";

/**
 * A folder of charts for `ISOKUBE_CHARTS`: Envoy Gateway's real chart, from its
 * Go module, and stand-ins, which say so, for those that no module carries.
 */
export async function chartMirror(): Promise<string> {
  const folder = join(cacheDirectory(), "charts", `gateway-${gatewayModule.version}-${recipe}`);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  const unfinished = `${folder}.${process.pid}-${randomBytes(3).toString("hex")}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await layOutGateway(await downloadGateway(), unfinished);
    for (const key of ["aws-load-balancer-controller", "cluster-autoscaler"]) await layOutStandIn(key, unfinished);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      // Another test was faster; what it made is the same.
      if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

async function downloadGateway(): Promise<string> {
  const { path, version, sum } = gatewayModule;
  const text = await runCommand("go", ["mod", "download", "-json", `${path}@${version}`], {
    cwd: tmpdir(),
    env: goEnvironment(),
    timeoutSeconds: 300,
  });
  const module: { Dir?: string; Sum?: string; Error?: string } = JSON.parse(text);
  if (module.Dir === undefined)
    throw new Error(`${path}@${version} cannot be had: ${module.Error ?? "go gave no folder"}`);
  if (module.Sum !== sum) throw new Error(`${path}@${version} has the sum ${module.Sum}, and ${sum} is pinned`);
  return module.Dir;
}

/** What upstream's release does with the chart's sources: the version, and the image in the values' template. */
async function layOutGateway(moduleFolder: string, into: string): Promise<void> {
  const { chart, version } = pinnedChart("envoy-gateway");
  if (version !== gatewayModule.version)
    throw new Error(`the chart ${chart} is pinned to ${version}: pin the module too`);
  const folder = join(into, chart);
  await cp(join(moduleFolder, "charts", chart), folder, { recursive: true });
  // The module cache is read-only, and so is the copy.
  await runCommand("chmod", ["-R", "u+w", folder]);
  const template = await readFile(join(folder, "values.tmpl.yaml"), "utf8");
  const values = template
    .replaceAll(`\${GatewayImage}`, `docker.io/envoyproxy/gateway:${version}`)
    .replaceAll(`\${GatewayImagePullPolicy}`, "IfNotPresent");
  await writeFile(join(folder, "values.yaml"), values);
  await rm(join(folder, "values.tmpl.yaml"));
  const file = join(folder, "Chart.yaml");
  const described: object = parse(await readFile(file, "utf8"));
  await writeFile(file, stringify({ ...described, version, appVersion: version }));
}

/** A chart that installs as quickly as the real one's shape allows: a Deployment with the values' cluster name. */
async function layOutStandIn(key: string, into: string): Promise<void> {
  const { chart, version } = pinnedChart(key);
  const folder = join(into, chart);
  await mkdir(join(folder, "templates"), { recursive: true });
  const description = `A stand-in for tests: not the real ${chart}, whose chart cannot be had as a Go module.`;
  await writeFile(join(folder, "Chart.yaml"), stringify({ apiVersion: "v2", name: chart, description, version }));
  await writeFile(join(folder, "values.yaml"), "{}\n");
  await writeFile(
    join(folder, "templates", "deployment.yaml"),
    `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  annotations:
    isokube.dev/stand-in: "true"
spec:
  replicas: 1
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      containers:
        - name: stand-in
          image: stand-in:1
          args: [{{ toJson .Values | quote }}]
`,
  );
}
