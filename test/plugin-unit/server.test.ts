import { type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderService as methods } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  marshalProperties,
  type PropertyMap,
  Secret,
  unknown,
  unmarshalProperties,
} from "../../src/plugin/properties.js";
import { general, minimal, running, urn } from "./control-plane/inputs.js";
import { FakeMachine } from "./fake-machine.js";
import { initFailure, ProviderUnderTest } from "./provider-client.js";

const directory = "/clusters/shop-dev-main";
const id = "shop-dev-main";

let machine: FakeMachine;
let provider: ProviderUnderTest;

beforeEach(async () => {
  machine = new FakeMachine();
  provider = await ProviderUnderTest.serve(machine);
});
afterEach(() => provider.close());

async function check(news: PropertyMap, olds?: PropertyMap): Promise<{ inputs: PropertyMap; failures: string[] }> {
  const request = new providerPb.CheckRequest().setUrn(urn).setNews(marshalProperties(news));
  if (olds !== undefined) request.setOlds(marshalProperties(olds));
  const response = await provider.call(methods.check, request);
  const failures = response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
  return { inputs: unmarshalProperties(response.getInputs()), failures };
}

async function create(inputs: PropertyMap, { preview = false, timeoutSeconds = 0 } = {}) {
  const request = new providerPb.CreateRequest().setUrn(urn).setProperties(marshalProperties(inputs));
  request.setPreview(preview).setTimeout(timeoutSeconds);
  const response = await provider.call(methods.create, request);
  return { id: response.getId(), outputs: unmarshalProperties(response.getProperties()) };
}

async function diff(
  olds: { inputs: PropertyMap; outputs: PropertyMap },
  news: PropertyMap,
): Promise<providerPb.DiffResponse> {
  const request = new providerPb.DiffRequest().setUrn(urn).setId(id).setNews(marshalProperties(news));
  request.setOldInputs(marshalProperties(olds.inputs)).setOlds(marshalProperties(olds.outputs));
  return provider.call(methods.diff, request);
}

async function update(olds: { inputs: PropertyMap; outputs: PropertyMap }, news: PropertyMap, preview = false) {
  const request = new providerPb.UpdateRequest().setUrn(urn).setId(id).setNews(marshalProperties(news));
  request.setOldInputs(marshalProperties(olds.inputs)).setOlds(marshalProperties(olds.outputs)).setPreview(preview);
  const response = await provider.call(methods.update, request);
  return unmarshalProperties(response.getProperties());
}

async function read(readId: string, state: { inputs?: PropertyMap; outputs?: PropertyMap } = {}) {
  const request = new providerPb.ReadRequest().setUrn(urn).setId(readId);
  request.setInputs(marshalProperties(state.inputs ?? {})).setProperties(marshalProperties(state.outputs ?? {}));
  const response = await provider.call(methods.read, request);
  const [inputs, outputs] = [response.getInputs(), response.getProperties()].map(unmarshalProperties);
  return { id: response.getId(), inputs, outputs };
}

const failed = async (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    () => {
      throw new Error("it succeeded");
    },
    (error: ServiceError) => error,
  );

async function created(change: PropertyMap = {}) {
  const { inputs } = await check({ ...minimal, ...change });
  const { outputs } = await create(inputs);
  return { inputs, outputs };
}

describe("a new cluster", () => {
  test("is previewed with everything that can be known", async () => {
    const { inputs } = await check({ ...minimal, podCidr: new Secret("10.1.0.0/16") });
    const { id: previewId, outputs } = await create(inputs, { preview: true });
    expect(previewId).toBe("");
    expect(machine.clusters.size).toBe(0);
    expect(outputs).toMatchObject({
      clusterName: id,
      dataDirectory: directory,
      version: "1.35.3",
      nodes: 2,
      podCidr: new Secret("10.1.0.0/16"),
      endpoint: unknown,
      kubeconfig: new Secret(unknown),
      components: unknown,
    });
  });

  test("is previewed although inputs are unknown, and then what follows from them is unknown too", async () => {
    const { inputs, failures } = await check({
      kubernetesVersion: unknown,
      clusterName: unknown,
      pools: [{ ...general, count: unknown }],
    });
    expect(failures).toEqual([]);
    const { outputs } = await create(inputs, { preview: true });
    expect(outputs).toMatchObject({
      clusterName: unknown,
      dataDirectory: unknown,
      version: unknown,
      nodes: unknown,
      pools: [{ ...general, count: unknown }],
    });
  });

  test("is made, and its kubeconfig is a secret", async () => {
    const { inputs } = await check({ ...minimal, podCidr: new Secret("10.1.0.0/16") });
    const made = await create(inputs);
    expect(made.id).toBe(id);
    expect(machine.clusters.get(directory)).toMatchObject({
      id,
      owner: `${urn} in /project`,
      kubernetesVersion: "1.35.3",
      podCidr: "10.1.0.0/16",
      pools: [{ ...general, arch: "amd64", labels: {}, taints: [] }],
    });
    expect(made.outputs).toMatchObject({
      podCidr: new Secret("10.1.0.0/16"),
      kubeconfig: new Secret(`kubeconfig of ${id}`),
      endpoint: "https://127.0.0.1:6443",
      version: "1.35.3",
      components: running,
      nodes: 2,
    });
  });

  test("tells what it does, the last word included", async () => {
    await created();
    expect(provider.lines.map(({ message }) => message)).toEqual([
      "starting etcd",
      "Kubernetes 1.35.3 runs with 2 nodes",
    ]);
    expect(provider.lines.every((line) => line.ephemeral && line.urn === urn)).toBe(true);
  });

  test("that fails half-way is not forgotten", async () => {
    machine.failure = { message: "etcd did not start", when: "after" };
    const { inputs } = await check(minimal);
    const failure = initFailure(await failed(create(inputs)));
    expect(failure).toMatchObject({ id, inputs, reasons: ["etcd did not start"] });
    expect(failure.outputs).toMatchObject({ dataDirectory: directory, kubeconfig: new Secret(`kubeconfig of ${id}`) });
  });

  test.each([
    [
      "fails before anything was begun",
      () => ({ message: "no room on the disk", when: "before" as const }),
      "no room on the disk",
    ],
    ["belongs to somebody else", () => undefined, "it belongs to another"],
  ])("that %s leaves nothing in the state", async (_, failure, message) => {
    machine.failure = failure();
    const { inputs } = await check(minimal);
    if (machine.failure === undefined) {
      machine.clusters.set(directory, { ...(await specOf(inputs)), owner: "another" });
    }
    const error = await failed(create(inputs));
    expect(error.details).toBe(message);
    expect(error.metadata.get("grpc-status-details-bin")).toEqual([]);
  });

  test("that was made by a killed deployment is taken up by the next", async () => {
    await created();
    const { outputs } = await created();
    expect(outputs).toMatchObject({ endpoint: "https://127.0.0.1:6443" });
  });

  async function specOf(inputs: PropertyMap) {
    const other = new FakeMachine();
    const served = await ProviderUnderTest.serve(other);
    await served.call(
      methods.create,
      new providerPb.CreateRequest().setUrn(urn).setProperties(marshalProperties(inputs)),
    );
    served.close();
    const spec = other.clusters.get(directory);
    if (spec === undefined) throw new Error("no cluster was made");
    return spec;
  }
});

describe("a cluster that is there", () => {
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;

  test("is left alone when nothing changed", async () => {
    const state = await created();
    const { inputs } = await check(minimal, state.inputs);
    const answer = await diff(state, inputs);
    expect([answer.getChanges(), answer.getDetaileddiffMap().getLength()]).toEqual([DIFF_NONE, 0]);
  });

  test("is updated where it can be, and replaced where it must be", async () => {
    const state = await created();
    const { inputs } = await check({ ...minimal, kubernetesVersion: "1.36", podCidr: "10.1.0.0/16" }, state.inputs);
    const answer = (await diff(state, inputs)).toObject();
    expect(answer).toMatchObject({
      changes: DIFF_SOME,
      replacesList: ["podCidr"],
      deletebeforereplace: true,
      hasdetaileddiff: true,
    });
    expect([...answer.diffsList].sort()).toEqual(["kubernetesVersion", "podCidr"]);
    const { UPDATE, UPDATE_REPLACE } = providerPb.PropertyDiff.Kind;
    expect(Object.fromEntries(answer.detaileddiffMap)).toEqual({
      podCidr: { kind: UPDATE_REPLACE, inputdiff: true },
      kubernetesVersion: { kind: UPDATE, inputdiff: true },
    });
  });

  test("is mended when a process is down, without a refresh", async () => {
    const state = await created();
    machine.down.add("etcd");
    const answer = await diff(state, state.inputs);
    expect(answer.getDetaileddiffMap().get("components.etcd")?.getKind()).toBe(providerPb.PropertyDiff.Kind.UPDATE);
    expect(await update(state, state.inputs)).toMatchObject({ components: running });
  });

  test("keeps its connection in the preview of an update", async () => {
    const state = await created();
    const { inputs } = await check(
      { ...minimal, kubernetesVersion: "1.36", pools: [{ ...general, count: 5 }] },
      state.inputs,
    );
    expect(await update(state, inputs, true)).toMatchObject({
      version: "1.36.3",
      nodes: 5,
      endpoint: state.outputs["endpoint"],
      kubeconfig: state.outputs["kubeconfig"],
      components: running,
    });
    expect(machine.clusters.get(directory)?.kubernetesVersion).toBe("1.35.3");
    expect(await update(state, inputs)).toMatchObject({ version: "1.36.3", nodes: 5 });
  });

  test("stays in the state when an update fails", async () => {
    const state = await created();
    machine.failure = { message: "the API server does not answer", when: "after" };
    const { inputs } = await check({ ...minimal, auditLogs: true }, state.inputs);
    const failure = initFailure(await failed(update(state, inputs)));
    expect(failure).toMatchObject({ id, inputs, reasons: ["the API server does not answer"] });
  });

  test("is updated for whoever has it in the state, whatever its folder says", async () => {
    const state = await created();
    const spec = machine.clusters.get(directory);
    if (spec !== undefined) machine.clusters.set(directory, { ...spec, owner: "the stack it came from" });
    await update(state, state.inputs);
    expect(machine.clusters.get(directory)?.owner).toBe("the stack it came from");
  });

  test("is refreshed with the health of every process and the program's own words", async () => {
    const state = await created();
    machine.down.add("kube-scheduler");
    const seen = await read(id, state);
    expect(seen.id).toBe(id);
    expect(seen.inputs).toEqual(state.inputs);
    expect(seen.outputs).toEqual({ ...state.outputs, components: { ...running, "kube-scheduler": "down" } });
  });

  test("is imported by its name alone", async () => {
    const state = await created();
    const imported = await read(id);
    expect(imported.outputs).toEqual({ ...state.outputs, kubernetesVersion: "1.35.3" });
    const { inputs, failures } = await check(minimal, imported.inputs);
    expect(failures).toEqual([]);
    const answer = await diff({ inputs: imported.inputs ?? {}, outputs: imported.outputs ?? {} }, inputs);
    expect(answer.getChanges()).toBe(DIFF_NONE);
  });

  test("is gone from the state when it is gone from the machine", async () => {
    const state = await created();
    machine.clusters.clear();
    expect(await read(id, state)).toEqual({ id: "", inputs: {}, outputs: {} });
  });

  test("is deleted, and deleting it again succeeds", async () => {
    const state = await created();
    const request = new providerPb.DeleteRequest()
      .setUrn(urn)
      .setId(id)
      .setProperties(marshalProperties(state.outputs));
    await provider.call(methods.delete, request);
    expect(machine.clusters.size).toBe(0);
    await provider.call(methods.delete, request);
  });

  test("is not looked for outside the clusters' folder", async () => {
    expect((await failed(read("../../etc"))).details).toContain("is no cluster's name");
  });
});

describe("work in progress", () => {
  beforeEach(() => {
    machine.ensureMs = 30_000;
  });

  test("ends at once when the deployment is cancelled, and is not forgotten", async () => {
    const { inputs } = await check(minimal);
    const failure = failed(create(inputs));
    await expect.poll(() => machine.clusters.size, { timeout: 5_000 }).toBe(1);
    await provider.call(methods.cancel, new emptyPb.Empty());
    expect(initFailure(await failure)).toMatchObject({ id });
    expect((await failed(create(inputs))).code).toBe(status.CANCELLED);
    await provider.operations.idle();
  });

  test("ends when the resource's custom timeout is over", async () => {
    const { inputs } = await check(minimal);
    const failure = initFailure(await failed(create(inputs, { timeoutSeconds: 0.1 })));
    expect(failure.reasons).toEqual(["it took more than 0.1 s, the custom timeout of this resource"]);
  });
});

describe("the provider itself", () => {
  test("tells its version, takes secrets, and makes previews", async () => {
    const info = await provider.call(methods.getPluginInfo, new emptyPb.Empty());
    expect(info.getVersion()).toBe("1.2.3");
    const hello = await provider.call(methods.handshake, new providerPb.ProviderHandshakeRequest());
    expect(hello.toObject()).toMatchObject({ acceptSecrets: true, acceptResources: true });
    const configured = await provider.call(methods.configure, new providerPb.ConfigureRequest());
    expect(configured.toObject()).toMatchObject({ acceptsecrets: true, acceptresources: true, supportspreview: true });
  });

  test("takes any config of its namespace, which is the project's, and no change of it is one of the provider", async () => {
    const config = marshalProperties({ target: "local", version: "1.2.3" });
    const checked = await provider.call(methods.checkConfig, new providerPb.CheckRequest().setNews(config));
    expect(unmarshalProperties(checked.getInputs())).toEqual({ target: "local", version: "1.2.3" });
    const compared = await provider.call(methods.diffConfig, new providerPb.DiffRequest().setNews(config));
    expect(compared.getChanges()).toBe(providerPb.DiffResponse.DiffChanges.DIFF_NONE);
  });

  test("names path, reason and fix of what the check refuses", async () => {
    const { failures } = await check({ ...minimal, auditLogs: "yes", pools: [{ ...general, cpu: "x" }] });
    expect(failures).toEqual([
      'auditLogs: auditLogs = "yes": it is a string. Fix: give true or false.',
      'pools[0].cpu: pools[0].cpu = "x": it is not a Kubernetes quantity. Fix: write a quantity such as "4".',
    ]);
  });

  test("does not name a secret property, because the engine would print its value", async () => {
    const { failures } = await check({ ...minimal, podCidr: new Secret("hunter2") });
    expect(failures).toEqual([": podCidr: it is not a block of addresses. Fix: write a block such as 10.96.0.0/16."]);
  });

  test("has no resource that it does not serve", async () => {
    const request = new providerPb.CheckRequest().setUrn("urn:pulumi:dev::shop::isokube:local:Nothing::main");
    expect((await failed(provider.call(methods.check, request))).details).toBe(
      "isokube 1.2.3 has no resource isokube:local:Nothing; it has isokube:local:ControlPlane",
    );
  });

  test.each([
    ["Invoke", () => provider.call(methods.invoke, new providerPb.InvokeRequest()), "it has no functions"],
    ["Call", () => provider.call(methods.call, new providerPb.CallRequest()), "its resources have no methods"],
    [
      "Construct",
      () => provider.call(methods.construct, new providerPb.ConstructRequest()),
      "its components run in the program",
    ],
  ])("does not serve %s, and says why", async (_, ask, why) => {
    const error = await failed(ask());
    expect(error.code).toBe(status.UNIMPLEMENTED);
    expect(error.details).toContain(why);
  });

  test("has a schema of version 0 only", async () => {
    const request = new providerPb.GetSchemaRequest();
    const response = await provider.call(methods.getSchema, request);
    expect(response.getSchema()).toBe("{}");
    expect((await failed(provider.call(methods.getSchema, request.setVersion(2)))).details).toContain("only 0");
  });
});
