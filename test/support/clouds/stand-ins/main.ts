import { readFileSync } from "node:fs";
import { Layout } from "../../../../src/local/layout.js";
import { directoryBehind } from "../clusters.js";
import { directoryVariable } from "../environment.js";
import { credentialsExpired, faultMessage } from "../faults.js";
import type { CloudRules } from "../model.js";
import { CloudStore } from "../store.js";
import type { SimulatedResource } from "../world.js";

// Stands in for `aws eks get-token`, `kubelogin get-token` and
// `gke-gcloud-auth-plugin`: prints the credentials of a simulated cluster's
// administrator in the form that Kubernetes clients expect.

const tools: Readonly<Record<string, { readonly cloud: CloudRules["cloud"]; readonly cluster: string }>> = {
  aws: { cloud: "aws", cluster: "aws:eks/cluster:Cluster" },
  kubelogin: { cloud: "azure", cluster: "azure-native:containerservice:ManagedCluster" },
  "gke-gcloud-auth-plugin": { cloud: "gcp", cluster: "gcp:container/cluster:Cluster" },
};

interface ExecInfo {
  readonly apiVersion?: string;
  readonly spec?: { readonly cluster?: { readonly server?: string } };
}

const [name = "", ...given] = process.argv.slice(2);
const tool = tools[name];
const directory = process.env[directoryVariable];
if (tool === undefined || directory === undefined)
  fail(`${directoryVariable} is not set, or there is no stand-in ${name}`);

const store = new CloudStore(directory, tool.cloud);
const info: ExecInfo = JSON.parse(process.env["KUBERNETES_EXEC_INFO"] ?? "{}");
const startedAt = Date.now();
if (credentialsExpired(directory)) {
  write("fault", "credentials expired", "");
  fail(faultMessage(tool.cloud, "credentialsExpired"));
}
const cluster = find();
const layout = new Layout(directoryBehind(directory, cluster));
const read = (path: string): string => readFileSync(path, "utf8");
const credential = {
  kind: "ExecCredential",
  apiVersion: info.apiVersion ?? "client.authentication.k8s.io/v1beta1",
  spec: {},
  status: {
    expirationTimestamp: new Date(startedAt + 14 * 60_000).toISOString(),
    clientCertificateData: read(layout.certificate("admin")),
    clientKeyData: read(layout.key("admin")),
  },
};
write("done", "", cluster.id);
process.stdout.write(`${JSON.stringify(credential)}\n`);

function find(): SimulatedResource {
  const { resources } = store.read();
  const clusters = resources.filter(({ token, access }) => token === tool?.cluster && access !== undefined);
  const wanted = flagOf("--cluster-name");
  const server = info.spec?.cluster?.server;
  const found =
    wanted !== undefined
      ? clusters.filter(({ id }) => id === wanted)
      : server !== undefined
        ? clusters.filter(({ access }) => new URL(access?.endpoint ?? "").host === new URL(server).host)
        : clusters;
  const [only] = found;
  if (name === "aws" && given.filter((each) => !each.startsWith("-"))[given.includes("--region") ? 1 : 0] !== "eks") {
    return fail(`only \`aws eks get-token\` is simulated, not \`aws ${given.join(" ")}\``);
  }
  if (only !== undefined && found.length === 1) return only;
  return fail(
    `${clusters.length} simulated clusters, and which is meant by ${wanted ?? server ?? "nothing"} is not clear`,
  );
}

/** Value of `--flag value` or `--flag=value`. */
function flagOf(flag: string): string | undefined {
  const index = given.findIndex((each) => each === flag || each.startsWith(`${flag}=`));
  const found = given[index];
  if (found === undefined) return undefined;
  return found.includes("=") ? found.slice(flag.length + 1) : given[index + 1];
}

function write(outcome: "done" | "fault", message: string, id: string): void {
  store.record({
    cloud: tool?.cloud ?? "",
    operation: "credentials",
    preview: false,
    token: name,
    name: "",
    urn: "",
    id,
    startedAt,
    endedAt: Date.now(),
    outcome,
    message,
  });
}

function fail(message: string): never {
  process.stderr.write(`simulated ${name}: ${message}\n`);
  process.exit(1);
}
