import { beforeEach, describe, expect, test } from "vitest";
import { assertPlan, subjectOf } from "../../../src/onprem/engine/plan-refused.js";
import { onpremControlPlaneResource } from "../../../src/plugin/onprem/control-plane.js";
import type {
  ChangeOptions,
  ControlPlaneRequest,
  Look,
  OnpremMachine,
  WorkerRequest,
} from "../../../src/plugin/onprem/port.js";
import { onpremWorkerResource } from "../../../src/plugin/onprem/worker.js";
import { type PropertyMap, Secret, unknown } from "../../../src/plugin/properties.js";
import { PartialFailure } from "../../../src/plugin/resource.js";
import { makeCertificate } from "../../support/certificate.js";
import { host, oneControlPlane, threeControlPlanes, worker } from "./inputs.js";

const urn = "urn:pulumi:dev::shop::isokube:onprem:ControlPlane::shop";
const done: Look = { plan: { problems: [], stages: [] }, health: { cp1: "as planned" }, unreachable: {}, found: true };
const state = {
  kubeconfig: "certificate-authority-data: QQ==\nserver: https://10.0.0.11:6443\nclient-key-data: a2V5",
  endpoint: "https://10.0.0.11:6443",
  version: "1.35.3",
  caHash: "sha256:1",
  clusterId: "c1",
};

/** Hosts that are as a test says. */
class FakeHosts implements OnpremMachine {
  state = state;
  look: Look = done;
  /** After hosts were changed. */
  failure: Error | undefined;
  /** Before any was. */
  failureBefore: Error | undefined;
  /** Not counting those that go before a change. */
  looks = 0;
  readonly calls: string[] = [];

  /** Of the last request. */
  unlisted: readonly string[] = [];

  lookAtControlPlane = async ({ unlisted }: ControlPlaneRequest) => {
    this.unlisted = unlisted.map(({ name }) => name);
    return this.#look();
  };
  lookAtWorker = async () => this.#look();
  readControlPlane = async () => this.state;
  applyControlPlane = async ({ cluster }: ControlPlaneRequest, options: ChangeOptions) => {
    this.#apply(subjectOf.cluster(cluster.name), options);
    return this.state;
  };
  applyWorker = async ({ host: { name } }: WorkerRequest, options: ChangeOptions) =>
    this.#apply(subjectOf.worker(name), options);
  removeControlPlane = async () => void this.calls.push("remove");
  removeWorker = async () => void this.calls.push("remove");

  #look(): Look {
    this.looks += 1;
    return this.look;
  }

  #apply(subject: string, { begin }: ChangeOptions): void {
    assertPlan(subject, this.look.plan);
    if (this.failureBefore !== undefined) throw this.failureBefore;
    begin(this.look.plan);
    this.calls.push("apply");
    if (this.failure !== undefined) throw this.failure;
  }
}

let hosts: FakeHosts;
let notes: string[];
const operation = {
  signal: new AbortController().signal,
  status: () => undefined,
  note: async (line: string) => void notes.push(line),
};
const context = async () => ({
  machine: hosts,
  releases: { versions: { "1.35": "1.35.3", "1.36": "1.36.3" }, defaultMinor: "1.35" },
  around: { home: "/home/ana", agentSocket: undefined },
});
const controlPlane = onpremControlPlaneResource(context);
const workers = onpremWorkerResource(context);
beforeEach(() => {
  hosts = new FakeHosts();
  notes = [];
});

const step = { node: "cp1", phase: "kernel", title: "kernel settings", why: "ip_forward is 0" };
const lacking: Look = {
  ...done,
  plan: { problems: [], stages: [{ concurrency: 1, steps: [step] }] },
  health: { cp1: "kernel settings: ip_forward is 0" },
};

async function made(inputs = oneControlPlane) {
  const { outputs } = await controlPlane.create({ urn, inputs, preview: false }, operation);
  return { id: "shop", oldInputs: inputs, oldOutputs: outputs };
}

test("a preview of a new cluster shows each host's steps and changes nothing", async () => {
  hosts.look = lacking;
  const { outputs } = await controlPlane.create({ urn, inputs: oneControlPlane, preview: true }, operation);
  expect(notes).toEqual(["cp1: 1 step\n    kernel settings (ip_forward is 0)"]);
  expect(outputs["kubeconfig"]).toEqual(new Secret(unknown));
  expect(hosts.calls).toEqual([]);
});

test("the kubeconfig is secret, and the rest can be shown", async () => {
  const { oldOutputs } = await made();
  expect(oldOutputs["kubeconfig"]).toEqual(new Secret(state.kubeconfig));
  expect(oldOutputs).toMatchObject({ endpoint: state.endpoint, version: "1.35.3", health: { cp1: "as planned" } });
});

test("nothing to do is no change, whatever changed in how the host is reached", async () => {
  const state = await made();
  const newInputs = {
    ...oneControlPlane,
    drainTimeoutSeconds: 30,
    artifacts: { kind: "bundle", directory: "/mnt/other" },
    hosts: [
      host("cp1", "10.0.0.11", { host: { address: "10.0.0.11", ssh: { user: "root" }, sudo: { kind: "none" } } }),
    ],
  };
  expect((await controlPlane.diff({ ...state, newInputs })).changes).toEqual([]);
});

test("a worker more is no change of the control planes", async () => {
  const state = await made();
  const workers = [host("worker1", "10.0.0.21", { role: "worker", pool: "general" })];
  const { changes } = await controlPlane.diff({ ...state, newInputs: { ...oneControlPlane, workers } });
  expect(changes).toEqual([]);
});

describe("the kubeconfig in the state", () => {
  const authority = makeCertificate(3000).pem;
  const lasting = (days: number) => {
    const data = (pem: string) => Buffer.from(pem).toString("base64");
    return (
      `clusters:\n- cluster:\n    certificate-authority-data: ${data(authority)}\n    server: ${state.endpoint}\n` +
      `users:\n- user:\n    client-certificate-data: ${data(makeCertificate(days).pem)}\n`
    );
  };
  const [old, fresh] = [lasting(20), lasting(200)];

  test("is changed for the hosts' own when its certificate ends soon", async () => {
    hosts.state = { ...state, kubeconfig: old };
    const before = await made();
    const { changes } = await controlPlane.diff({ ...before, newInputs: oneControlPlane });
    expect(changes).toEqual([{ path: "kubeconfig", kind: "update", replaces: false, inputChanged: false }]);
    hosts.state = { ...state, kubeconfig: fresh };
    const update = { ...before, urn, newInputs: oneControlPlane, preview: false };
    expect((await controlPlane.update(update, operation)).outputs["kubeconfig"]).toEqual(new Secret(fresh));
  });

  test("stays while its certificate lasts, whichever control plane answers", async () => {
    hosts.state = { ...state, kubeconfig: fresh };
    const before = await made();
    hosts.state = { ...state, kubeconfig: lasting(300) };
    expect((await controlPlane.diff({ ...before, newInputs: oneControlPlane })).changes).toEqual([]);
    const { outputs = {} } = (await controlPlane.read({ ...before, urn }, operation)) ?? {};
    expect(outputs["kubeconfig"]).toEqual(new Secret(fresh));
  });
});

test("a host that lost something is a change, though the program is the same", async () => {
  const state = await made();
  hosts.look = lacking;
  const { changes } = await controlPlane.diff({ ...state, newInputs: oneControlPlane });
  expect(changes).toEqual([{ path: 'health["cp1"]', kind: "update", replaces: false, inputChanged: false }]);
});

test("a worker that never joined and is listed no more is a change, and in the state until it is given back", async () => {
  const listed = ["worker1", "worker2"].map((name, index) =>
    host(name, `10.0.0.${21 + index}`, { role: "worker", pool: "general" }),
  );
  const state = await made({ ...oneControlPlane, workers: listed });
  const newInputs = { ...oneControlPlane, workers: listed.slice(1) };
  const step = { node: "worker1", phase: "give-back", title: "give the host back", why: "it is listed no more" };
  hosts.look = {
    ...done,
    plan: { problems: [], stages: [{ concurrency: 1, steps: [step] }] },
    health: { cp1: "as planned", worker1: "give the host back: it is listed no more" },
  };
  const { changes } = await controlPlane.diff({ ...state, newInputs });
  expect(changes).toMatchObject([{ path: 'health["worker1"]' }]);
  expect(hosts.unlisted).toEqual(["worker1"]);
  hosts.failure = new Error("worker1 cannot be reached");
  const failure: unknown = await controlPlane
    .update({ ...state, urn, newInputs, preview: false }, operation)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  expect((failure as PartialFailure).inputs["workers"]).toMatchObject([{ name: "worker2" }, { name: "worker1" }]);
});

test("a worker that is another machine by now leaves the former one unlisted", async () => {
  const at = (address: string) => [host("worker1", address, { role: "worker", pool: "general" })];
  const state = await made({ ...oneControlPlane, workers: at("10.0.0.21") });
  await controlPlane.diff({ ...state, newInputs: { ...oneControlPlane, workers: at("10.0.0.21") } });
  expect(hosts.unlisted).toEqual([]);
  await controlPlane.diff({ ...state, newInputs: { ...oneControlPlane, workers: at("10.0.0.22") } });
  expect(hosts.unlisted).toEqual(["worker1"]);
});

test("the machine that a worker's name was of stays in the state, beside the new one, until it is given back", async () => {
  const at = (address: string) => host("worker1", address, { role: "worker", pool: "general" });
  const state = await made({ ...oneControlPlane, workers: [at("10.0.0.21")] });
  const step = { node: "worker1", phase: "give-back", title: "give the host back", why: "it is listed no more" };
  hosts.look = { ...done, plan: { problems: [], stages: [{ concurrency: 1, steps: [step] }] } };
  hosts.failure = new Error("cp1 cannot be reached");
  const newInputs = { ...oneControlPlane, workers: [at("10.0.0.22")] };
  const failure: unknown = await controlPlane
    .update({ ...state, urn, newInputs, preview: false }, operation)
    .catch((error: unknown) => error);
  expect((failure as PartialFailure).inputs["workers"]).toMatchObject([
    { name: "worker1", host: { address: "10.0.0.22" } },
    { name: "worker1", host: { address: "10.0.0.21" } },
  ]);
});

test("another range of pods makes the cluster anew, without a look at hosts that will not be kept", async () => {
  const state = await made();
  hosts.look = { ...done, plan: { problems: [{ code: "x", path: "y", why: "z", fix: "w" }], stages: [] } };
  const { changes } = await controlPlane.diff({
    ...state,
    newInputs: { ...oneControlPlane, podCidr: "10.128.0.0/16" },
  });
  expect(changes).toMatchObject([{ path: "podCidr", replaces: true }]);
});

test("a plan with problems is refused with all of them, before anything is done", async () => {
  const state = await made(threeControlPlanes);
  hosts.calls.length = 0;
  const problem = (path: string) => ({ code: "onprem/quorum", path, why: "it would stop etcd", fix: "bring cp2 back" });
  hosts.look = { ...done, plan: { problems: [problem("onprem.hosts.cp1"), problem("onprem.hosts.cp3")], stages: [] } };
  const newInputs = threeControlPlanes;
  await expect(controlPlane.diff({ ...state, newInputs })).rejects.toThrow(
    /2 problems; nothing was changed on any host[\s\S]*cp1[\s\S]*cp3/,
  );
  await expect(controlPlane.update({ ...state, urn, newInputs, preview: false }, operation)).rejects.toThrow(
    "2 problems",
  );
  expect(hosts.calls).toEqual([]);
});

test("a failure half-way keeps what is known, so that the next run goes on and a destroy finds the hosts", async () => {
  hosts.failure = new Error("cp1: kubeadm init ended with code 1");
  const failure: unknown = await controlPlane
    .create({ urn, inputs: oneControlPlane, preview: false }, operation)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  expect(failure).toMatchObject({
    id: "shop",
    outputs: { hosts: oneControlPlane["hosts"] },
    reasons: [hosts.failure.message],
  });
});

test("a host that was to leave stays in the state when the run fails before it has, a dead one does not", async () => {
  const { oldInputs, oldOutputs } = await made(threeControlPlanes);
  const next = ["cp3", "cp4", "cp5"].map((name, index) => host(name, `10.0.0.${13 + index}`));
  const step = (node: string, phase: string) => ({ node, phase, title: phase, why: "it is no longer among the hosts" });
  const steps = [step("cp1", "remove-dead"), step("cp2", "remove")];
  hosts.look = { ...done, plan: { problems: [], stages: [{ concurrency: 1, steps }] } };
  hosts.failure = new Error("cp4: kubeadm join ended with code 1");
  const failure: unknown = await controlPlane
    .update(
      { urn, id: "shop", oldInputs, oldOutputs, newInputs: { ...threeControlPlanes, hosts: next }, preview: false },
      operation,
    )
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  const { inputs, outputs } = failure as PartialFailure;
  for (const { hosts: kept } of [inputs, outputs])
    expect((kept as { name: string }[]).map(({ name }) => name)).toEqual(["cp3", "cp4", "cp5", "cp2"]);
});

test("what fails before any host was changed leaves nothing behind that had to be destroyed", async () => {
  hosts.failureBefore = new Error("the bundle is of another version");
  for (const create of [
    controlPlane.create({ urn, inputs: oneControlPlane, preview: false }, operation),
    workers.create({ urn, inputs: worker, preview: false }, operation),
  ]) {
    const failure: unknown = await create.catch((error: unknown) => error);
    expect(failure).toBe(hosts.failureBefore);
  }
});

test("what changes hosts looks at them itself, and nobody a second time", async () => {
  await made();
  await workers.create({ urn, inputs: worker, preview: false }, operation);
  expect({ looks: hosts.looks, calls: hosts.calls }).toEqual({ looks: 0, calls: ["apply", "apply"] });
});

test("a kubeconfig that still serves is kept, another host's is as good", async () => {
  const state = await made();
  const { outputs } = await controlPlane.update(
    { ...state, urn, newInputs: oneControlPlane, preview: false },
    operation,
  );
  expect(outputs["kubeconfig"]).toBe(state.oldOutputs["kubeconfig"]);
});

test("a host that cannot be reached is an error that names it, and never gone", async () => {
  const { oldInputs, oldOutputs } = await made();
  hosts.look = { ...done, unreachable: { cp1: "10.0.0.1:22 cannot be reached: no route to host" }, found: false };
  await expect(controlPlane.read({ urn, id: "shop", oldInputs, oldOutputs }, operation)).rejects.toThrow(
    "cp1: 10.0.0.1:22 cannot be reached: no route to host. Fix: ",
  );
  await expect(
    workers.read({ urn, id: "shop/worker1", oldInputs: worker, oldOutputs: worker }, operation),
  ).rejects.toThrow("cp1: 10.0.0.1:22 cannot be reached");
});

test("hosts that answer and know nothing of the cluster are gone", async () => {
  const { oldInputs, oldOutputs } = await made();
  hosts.look = { ...done, found: false };
  expect(await controlPlane.read({ urn, id: "shop", oldInputs, oldOutputs }, operation)).toBeUndefined();
  expect(
    await workers.read({ urn, id: "shop/worker1", oldInputs: worker, oldOutputs: worker }, operation),
  ).toBeUndefined();
});

test("a refresh tells what differs on each host", async () => {
  const { oldInputs, oldOutputs } = await made();
  hosts.look = lacking;
  const read = await controlPlane.read({ urn, id: "shop", oldInputs, oldOutputs }, operation);
  expect(read?.outputs["health"]).toEqual({ cp1: "kernel settings: ip_forward is 0" });
});

test("a cluster that is to be left is left", async () => {
  const { oldInputs, oldOutputs } = await made();
  hosts.calls.length = 0;
  await controlPlane.delete(
    { urn, id: "shop", oldInputs: { ...oldInputs, onDestroy: "leave" }, oldOutputs },
    operation,
  );
  await workers.delete({ urn, id: "w", oldInputs: { ...worker, onDestroy: "leave" }, oldOutputs: worker }, operation);
  expect(hosts.calls).toEqual([]);
  await controlPlane.delete({ urn, id: "shop", oldInputs, oldOutputs }, operation);
  expect(hosts.calls).toEqual(["remove"]);
});

test("a worker on another machine is another worker; one with another label is the same", async () => {
  const before = { id: "shop/worker1", oldInputs: worker, oldOutputs: worker };
  const moved: PropertyMap = { ...worker, host: host("worker1", "10.0.0.22", { role: "worker", pool: "general" }) };
  expect((await workers.diff({ ...before, newInputs: moved })).changes).toMatchObject([
    { path: "host.host.address", replaces: true },
  ]);
  const labelled = {
    ...worker,
    host: host("worker1", "10.0.0.21", { role: "worker", pool: "general", labels: { tier: "web" } }),
  };
  expect((await workers.diff({ ...before, newInputs: labelled })).changes).toMatchObject([{ replaces: false }]);
});

test("a worker of a cluster that is not made yet is looked at all the same", async () => {
  hosts.look = { ...lacking, health: { worker1: "x" } };
  const inputs = { ...worker, clusterId: unknown, caHash: unknown };
  await workers.create({ urn, inputs, preview: true }, operation);
  expect(notes).toHaveLength(1);
});
