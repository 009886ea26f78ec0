import { readFile } from "node:fs/promises";
import { type Client, credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiClient } from "../../src/local/api-client.js";
import { ensureCluster, type LocalClusterSpec, type LocalClusterState } from "../../src/local/index.js";
import { fullVersion, LocalMachine, localBinaries } from "../support/local-machine.js";

// One control plane whose settings are changed in place.

const name = "features";
const canary = "canary-e3b0c44298fc1c14";
let machine: LocalMachine;
let spec: LocalClusterSpec;
let state: LocalClusterState;
let api: ApiClient;

beforeAll(async () => {
  machine = await LocalMachine.create();
  spec = machine.spec(name);
  state = await machine.ensure(spec);
  api = machine.api(name, state);
});
afterAll(async () => {
  api?.close();
  await machine?.close();
});

const secret = (id: string): object => ({ metadata: { name: id }, stringData: { password: canary } });
const secrets = "/api/v1/namespaces/default/secrets";

/** What etcd itself stores under a key, read as the API server reads it. */
async function storedIn(key: string): Promise<string> {
  const layout = machine.layout(name);
  const [ca, clientKey, certificate] = await Promise.all(
    [layout.certificate("etcd-ca"), layout.key("etcd-client"), layout.certificate("etcd-client")].map((path) =>
      readFile(path),
    ),
  );
  const bytes = (value: Buffer): Buffer => value;
  const Etcd = makeGenericClientConstructor({}, "etcdserverpb.KV");
  const client: Client = new Etcd(
    `127.0.0.1:${state.ports["etcd"]}`,
    credentials.createSsl(ca, clientKey, certificate),
  );
  try {
    // RangeRequest with its first field, the key, alone.
    const request = Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key)]);
    return await new Promise((done, fail) => {
      client.makeUnaryRequest("/etcdserverpb.KV/Range", bytes, bytes, request, (error, answer) =>
        error === null ? done(answer?.toString("latin1") ?? "") : fail(error),
      );
    });
  } finally {
    client.close();
  }
}
const storedSecret = (id: string): Promise<string> => storedIn(`/registry/secrets/default/${id}`);

async function change(settings: Partial<LocalClusterSpec>): Promise<void> {
  const before = machine.pids(name);
  spec = { ...spec, ...settings };
  const after = await machine.ensure(spec);
  expect(after).toEqual(state);
  const pids = machine.pids(name);
  expect([...pids.keys()].filter((process) => pids.get(process) !== before.get(process))).toEqual(["kube-apiserver"]);
}

describe("secrets encryption", () => {
  test("is off at first: a Secret is readable in etcd", async () => {
    await api.create(secrets, secret("old"));
    expect(await storedSecret("old")).toContain(canary);
  });

  test("switched on, with the audit log, encrypts what was there and what comes", async () => {
    await change({ secretsEncryption: true, auditLogs: true });
    await api.create(secrets, secret("new"));
    for (const id of ["old", "new"]) {
      const stored = await storedSecret(id);
      expect(stored).toContain("k8s:enc:secretbox:v1:local:");
      expect(stored).not.toContain(canary);
      const read = await api.get<{ data: { password: string } }>(`${secrets}/${id}`);
      expect(Buffer.from(read.data.password, "base64").toString()).toBe(canary);
    }
  });

  test("is not needed again when it is asked for again", async () => {
    const before = machine.pids(name);
    await machine.ensure(spec);
    expect(machine.pids(name)).toEqual(before);
  });
});

test("the audit log tells who did what, and no content", async () => {
  const lines = (await readFile(machine.layout(name).auditLog, "utf8")).trim().split("\n");
  const events = lines.map(
    (
      line,
    ): { user: { username: string }; verb: string; level: string; objectRef?: { resource: string; name?: string } } =>
      JSON.parse(line),
  );
  expect(events).toContainEqual(
    expect.objectContaining({
      level: "Metadata",
      verb: "create",
      user: expect.objectContaining({ username: "isokube:admin" }),
      objectRef: expect.objectContaining({ resource: "secrets", name: "new" }),
    }),
  );
  expect(lines.join()).not.toContain(canary);
  expect(lines.join()).not.toContain(Buffer.from(canary).toString("base64"));
});

test("secrets encryption switched off again stores Secrets readable", async () => {
  await change({ secretsEncryption: false, auditLogs: false });
  expect(await storedSecret("new")).toContain(canary);
});

const next = "1.36";
test(`upgrades in place to ${next}`, async () => {
  const before = machine.pids(name);
  const binaries = await localBinaries(next);
  const upgraded = await ensureCluster({ ...spec, kubernetesVersion: fullVersion(next) }, binaries);
  expect(upgraded).toMatchObject({ kubernetesVersion: fullVersion(next), endpoint: state.endpoint, nodes: 2 });
  expect(await api.get("/version")).toMatchObject({ gitVersion: `v${fullVersion(next)}` });
  expect(await api.get("/api/v1/nodes/general-0")).toMatchObject({
    status: { nodeInfo: { kubeletVersion: `v${fullVersion(next)}` } },
  });
  const read = await api.get<{ data: { password: string } }>(`${secrets}/old`);
  expect(Buffer.from(read.data.password, "base64").toString()).toBe(canary);
  // What has no version of its own goes on running.
  const after = machine.pids(name);
  for (const process of ["kwok", "simulated-kubelet", "metrics-server"])
    expect(after.get(process)).toBe(before.get(process));

  await expect(machine.ensure(spec)).rejects.toThrow(/cannot be downgraded/);
  expect(await api.get("/version")).toMatchObject({ gitVersion: `v${fullVersion(next)}` });
});
