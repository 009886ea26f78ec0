import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csrApprover } from "../../src/providers/onprem/addons/csr-approver.js";
import { imagesOf } from "../../src/providers/onprem/addons/images.js";
import type { LiveCluster as Kubectl } from "../contract/live-cluster.js";
import { inClusterAccount } from "../support/in-cluster-account.js";
import { LiveCluster } from "../support/live-cluster.js";
import { partPaths } from "../support/parts.js";
import { eventually } from "../support/processes.js";

const run = promisify(execFile);

let live: LiveCluster;
let kubectl: Kubectl;
let directory: string;
let approver: string;
let asAccount: readonly string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "isokube-approver-"));
  [approver] = await partPaths(["kubelet-csr-approver"]);
  live = await LiveCluster.create(1);
  // The rules that the add-on has, and no others.
  const { objects } = csrApprover(imagesOf({ hosts: {}, ssh: { user: "root" } }), []);
  ({ kubectl, args: asAccount } = await inClusterAccount(live.kubeconfig, directory, objects));
}, 300_000);
afterAll(async () => {
  await live?.close();
  await rm(directory, { recursive: true, force: true });
});

interface Asked {
  /** Who sends the request. */
  readonly node?: string;
  readonly subject?: string;
  readonly names?: string;
  readonly usages?: readonly string[];
}

/** A request as a kubelet sends it, for the host w-1 unless told otherwise. */
async function ask(name: string, asked: Asked = {}): Promise<void> {
  const { node = "w-1", names = "DNS:w-1,IP:10.89.0.21", usages = ["digital signature", "server auth"] } = asked;
  const subject = asked.subject ?? `/O=system:nodes/CN=system:node:${node}`;
  const file = join(directory, `${name}.csr`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${file}.key`];
  const { stdout } = await run("openssl", [
    "req",
    "-new",
    ...key,
    "-subj",
    subject,
    "-addext",
    `subjectAltName=${names}`,
  ]);
  await kubectl.apply(
    {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: { signerName: "kubernetes.io/kubelet-serving", usages, request: Buffer.from(stdout).toString("base64") },
    },
    ["--as", `system:node:${node}`, "--as-group", "system:nodes", "--as-group", "system:authenticated"],
  );
}

async function look(): Promise<string> {
  const { stderr } = await run(approver, ["-once", ...asAccount], { env: { NODES: "cp-1=10.89.0.11,w-1=10.89.0.21" } });
  return stderr;
}

interface Request {
  readonly status: { readonly certificate?: string; readonly conditions?: readonly { readonly type: string }[] };
}
const requestOf = (name: string): Promise<Request> => kubectl.get<Request>(["certificatesigningrequest", name]);

describe("the approver of kubelets' certificates, against a real API server", () => {
  test("approves what the inventory says of the node, and the cluster signs it", async () => {
    await ask("good");
    expect(await look()).toContain("approved good of system:node:w-1");
    const certificate = await eventually("a certificate", async () => (await requestOf("good")).status.certificate);
    expect(Buffer.from(certificate, "base64").toString()).toContain("BEGIN CERTIFICATE");
    expect(await look()).toBe("");
  });

  test.each<[string, Asked, RegExp]>([
    [
      "another host's address",
      { names: "DNS:w-1,IP:10.89.0.11" },
      /the address 10\.89\.0\.11, and the inventory has 10\.89\.0\.21/,
    ],
    ["an address more", { names: "DNS:w-1,IP:10.89.0.21,IP:10.96.0.1" }, /10\.96\.0\.1/],
    [
      "the API server's name",
      { names: "DNS:kubernetes.default.svc,IP:10.89.0.21" },
      /the name kubernetes\.default\.svc/,
    ],
    ["a host that is not listed", { node: "w-9", names: "DNS:w-9,IP:10.89.0.29" }, /no such node/],
    // Another node's name the API server refuses itself.
    ["a group more", { subject: "/O=system:nodes/O=ops/CN=system:node:w-1" }, /another name than the node's/],
    ["a URI", { names: "DNS:w-1,URI:spiffe://cluster/w-1" }, /more than those/],
  ])("leaves alone what asks for %s", async (_, asked, why) => {
    const name = `bad-${Math.random().toString(36).slice(2, 8)}`;
    await ask(name, asked);
    const said = await look();
    expect(said).toMatch(new RegExp(`${name} of .* is left alone`));
    expect(said).toMatch(why);
    expect((await requestOf(name)).status.conditions ?? []).toEqual([]);
  });

  test("leaves alone what does not come from a node", async () => {
    const { stdout } = await run("openssl", [
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", join(directory, "own.key"), "-subj", "/O=system:nodes/CN=system:node:w-1"],
      ...["-addext", "subjectAltName=DNS:w-1,IP:10.89.0.21"],
    ]);
    await kubectl.apply({
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "from-an-administrator" },
      spec: {
        signerName: "kubernetes.io/kubelet-serving",
        usages: ["digital signature", "server auth"],
        request: Buffer.from(stdout).toString("base64"),
      },
    });
    expect(await look()).toMatch(/from-an-administrator of .* is left alone: it does not come from a node/);
  });

  test("says what is wrong with its inventory", async () => {
    await expect(run(approver, ["-once"], { env: { NODES: "w-1" } })).rejects.toThrow(/write name=address/);
  });
});
