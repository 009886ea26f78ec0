import { writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { expect } from "vitest";
import type { Engine, Run } from "../engine.js";
import { compareSnapshots, type HostSnapshot, type TestHost, type TestHosts } from "./index.js";
import { KubectlAt } from "./kubectl.js";
import { withoutRuntime } from "./snapshot.js";

interface ShopOptions {
  /** Arguments of the workload besides what every one has, as they are written in the program. */
  readonly workload: string;
  /** The same of its container. */
  readonly container?: string;
  /** The same of the cluster. */
  readonly cluster?: string;
  /** What else is in the program; `shop`, `image` and `namespaceName` are known there. */
  readonly more?: string;
}

/** The program of most tests on hosts: a cluster named `shop` whose config is the stack's, and the workload `web` in it. */
export function shopProgram({ workload, container = "", cluster = "", more = "" }: ShopOptions): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const image = new pulumi.Config("test").require("image");
const shop = new Cluster("shop", { ...clusterArgsFromConfig(), ${cluster} });
const { namespaceName } = new Namespace("shop", { cluster: shop });
const web = {
  image, args: ["netexec", "--http-port=8080"], ports: { http: 8080 },
  resources: { cpu: "50m", memory: "64Mi" }, readiness: { http: "/healthz" },
  ${container}
};
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web },
  security: { runAsUser: 65532 },
  ${workload}
});
${more}
export const kubeconfig = shop.kubeconfig;
export const report = shop.report;
`;
}

/** The kubeconfig that the last `up` gave, in a file of the engine's. */
export async function kubectlOf(engine: Engine): Promise<KubectlAt> {
  const file = join(engine.directory, "kubeconfig");
  writeFileSync(file, String((await engine.outputs())["kubeconfig"]), { mode: 0o600 });
  return KubectlAt.of(file);
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo: { readonly kubeletVersion: string };
  };
}

/** What the API server says of its nodes, by name. */
export async function nodesOf(kubectl: KubectlAt) {
  const { items } = await kubectl.json<{ items: Node[] }>(["get", "nodes"]);
  return items
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      ready: status.conditions.find(({ type }) => type === "Ready")?.status === "True",
      schedulable: spec.unschedulable !== true,
      version: status.nodeInfo.kubeletVersion,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** For example `cp1 is ready, worker1 is not`. */
export async function readinessOf(kubectl: KubectlAt): Promise<string> {
  return (await nodesOf(kubectl)).map(({ name, ready }) => `${name} is ${ready ? "ready" : "not"}`).join(", ");
}

/** The same when all are. */
export const allReady = (...names: string[]): string => names.map((name) => `${name} is ready`).join(", ");

interface Service {
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** Asks the workload from outside, at its load balancer's address. */
export async function askWeb(kubectl: KubectlAt, path: string): Promise<string> {
  return askAt(await webAddress(kubectl), path);
}

/** The same where the address is known already. */
export async function askAt(address: string, path: string): Promise<string> {
  const answer = await fetch(`http://${address}:8080${path}`, {
    signal: AbortSignal.timeout(5000),
    headers: { connection: "close" },
  });
  if (!answer.ok) throw new Error(`it answered with ${answer.status}`);
  return answer.text();
}

/**
 * What port 80 of an address answers to a name.
 *
 * @param authority asks port 443 instead, and trusts nobody else
 */
export function askNamed(
  address: string,
  name: string,
  path: string,
  authority?: string,
): Promise<{ status: number; text: string }> {
  const tls = authority === undefined ? {} : { servername: name, ca: authority };
  return new Promise((done, failed) => {
    const asked = (authority === undefined ? http : https).get(
      { host: address, path, headers: { host: name, connection: "close" }, timeout: 5000, ...tls },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.once("end", () => done({ status: answer.statusCode ?? 0, text })).once("error", failed);
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("no answer within 5 s"))).once("error", failed);
  });
}

/** @throws Error while it has none */
export async function webAddress(kubectl: KubectlAt): Promise<string> {
  const { status } = await kubectl.json<Service>(["--namespace", "shop", "get", "service", "web"]);
  const address = status.loadBalancer.ingress?.[0]?.ip;
  if (address === undefined) throw new Error("the Service has no address");
  return address;
}

/** Operations of a run that are more than looking. */
export function changesOf(run: Run): string[] {
  return run.steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`);
}

/** What the state says of each host after a refresh. */
export async function healthAfterRefresh(engine: Engine): Promise<Readonly<Record<string, string>>> {
  const run = await engine.refresh({ timeoutSeconds: 180 });
  expect(run.exitCode, run.output).toBe(0);
  const { deployment } = await engine.stackExport();
  const healths = (deployment.resources ?? [])
    .filter(({ type }) => type.startsWith("isokube:onprem:"))
    .map(({ outputs }) => outputs?.["health"] as Readonly<Record<string, string>>);
  return Object.assign({}, ...healths);
}

/** What each host was, by its name. */
export async function snapshotsOf(hosts: TestHosts): Promise<ReadonlyMap<string, HostSnapshot>> {
  return new Map(await Promise.all(hosts.all.map(async (host) => [host.name, await host.snapshot()] as const)));
}

/** Packages, with what their runtime keeps, stay; nothing else does. */
export function expectAsBefore(hosts: readonly TestHost[], before: ReadonlyMap<string, HostSnapshot>) {
  return expectUnchanged(hosts, before, withoutRuntime);
}

/** @param relevant leaves out what may differ */
export async function expectUnchanged(
  hosts: readonly TestHost[],
  before: ReadonlyMap<string, HostSnapshot>,
  relevant = (snapshot: HostSnapshot) => snapshot,
) {
  const differences = await Promise.all(
    hosts.map(async (host) => {
      const seen = before.get(host.name);
      if (seen === undefined) throw new Error(`${host.name} was not looked at before`);
      const { added, missing } = compareSnapshots(relevant(seen), relevant(await host.snapshot()));
      return Object.keys({ ...added, ...missing }).length === 0 ? [] : [[host.name, { added, missing }] as const];
    }),
  );
  expect(Object.fromEntries(differences.flat()), "what hosts have more and less than before").toEqual({});
}
