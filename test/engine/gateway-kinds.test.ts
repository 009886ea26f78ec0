import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewayKindNames } from "../../src/core/gateway-kinds.js";
import { gateway } from "../../src/providers/onprem/addons/gateway.js";
import { type InClusterAccount, inClusterAccount } from "../support/in-cluster-account.js";
import { LiveCluster } from "../support/live-cluster.js";
import { partPaths } from "../support/parts.js";

const run = promisify(execFile);
const group = "gateway.networking.k8s.io";

let live: LiveCluster;
let directory: string;
let program: string;
let account: InClusterAccount;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "isokube-gateway-kinds-"));
  [program] = await partPaths(["gateway-kinds"]);
  live = await LiveCluster.create(1);
  const [addon] = gateway({ hasWorkers: true });
  account = await inClusterAccount(live.kubeconfig, directory, addon?.objects ?? []);
}, 300_000);
afterAll(async () => {
  await live?.close();
  await rm(directory, { recursive: true, force: true });
});

const bring = async () => (await run(program, [...account.args])).stderr;

interface Definition {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>>; readonly generation: number };
}
const definitionOf = (kind: string) =>
  account.kubectl.get<Definition>(["customresourcedefinition", `${kind}.${group}`]);

const annotate = (kind: string, key: string, value: string) =>
  account.kubectl.kubectl(["annotate", "--overwrite", `customresourcedefinition/${kind}.${group}`, `${key}=${value}`]);

describe("the kinds of the Gateway API, against a real API server and with the add-on's rights alone", () => {
  test("are served when the program ends", async () => {
    const said = await bring();
    for (const kind of gatewayKindNames) expect(said).toContain(`${kind}.${group} is served`);
    await account.kubectl.apply({
      apiVersion: `${group}/v1`,
      kind: "Gateway",
      metadata: { name: "shop", namespace: "default" },
      spec: { gatewayClassName: "isokube", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    });
    // What upstream checks is checked: these are its definitions.
    await expect(
      account.kubectl.apply({
        apiVersion: `${group}/v1`,
        kind: "Gateway",
        metadata: { name: "bad", namespace: "default" },
        spec: { gatewayClassName: "isokube", listeners: [{ name: "http", port: 70000, protocol: "HTTP" }] },
      }),
    ).rejects.toThrow(/spec\.listeners\[0\]\.port/);
  });

  test("change nothing when they are brought again", async () => {
    const before = await definitionOf("httproutes");
    await bring();
    expect((await definitionOf("httproutes")).metadata.generation).toBe(before.metadata.generation);
  });

  test("come back to what they were where they are older", async () => {
    await annotate("httproutes", `${group}/bundle-version`, "v1.0.0");
    expect(await bring()).not.toContain("stays");
    expect((await definitionOf("httproutes")).metadata.annotations[`${group}/bundle-version`]).toBe("v1.4.1");
  });

  test("stay as they are where somebody brought newer ones, or experimental ones", async () => {
    await annotate("grpcroutes", `${group}/bundle-version`, "v1.10.0");
    await annotate("gateways", `${group}/channel`, "experimental");
    const said = await bring();
    expect(said).toContain(`grpcroutes.${group} stays as it is: it is of version v1.10.0, newer than v1.4.1`);
    expect(said).toContain(`gateways.${group} stays as it is: it is of the channel experimental`);
    expect((await definitionOf("grpcroutes")).metadata.annotations[`${group}/bundle-version`]).toBe("v1.10.0");
  });

  test("are all that the account may change", async () => {
    const may = async (...what: string[]) =>
      account.kubectl
        .kubectl(["auth", "can-i", ...what, "--as", "system:serviceaccount:isokube-gateway:gateway"])
        .then((said) => said.trim())
        .catch(() => "no");
    expect(await may("patch", `customresourcedefinition/httproutes.${group}`)).toBe("yes");
    expect(await may("patch", "customresourcedefinition/ipaddresspools.metallb.io")).toBe("no");
    expect(await may("create", "customresourcedefinitions")).toBe("no");
    expect(await may("create", "secrets", "--all-namespaces")).toBe("no");
  });
});
