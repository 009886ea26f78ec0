import { describe, expect, test } from "vitest";
import { drain, uncordon } from "../../../src/onprem/cluster/nodes.js";
import { RemoteFailure, type RemoteResult, type RemoteScript } from "../../../src/onprem/remote.js";
import { localRemote } from "../local-remote.js";

const signal = new AbortController().signal;
const forbidden =
  'Error from server (Forbidden): nodes "cp1" is forbidden: User "kubernetes-admin" cannot get resource "nodes"';

interface NodeObject {
  unschedulable?: boolean | null;
  draining?: string | null;
}

/** An API server with one node, which refuses the first so many questions. */
class FakeApi {
  asked = 0;
  readonly log: string[] = [];

  constructor(
    readonly node: NodeObject,
    private readonly refusals = 0,
  ) {}

  get shell() {
    const run = async ({ args = [], accept = [0] }: RemoteScript): Promise<RemoteResult> => {
      this.asked += 1;
      const exitCode = this.asked <= this.refusals ? 1 : 0;
      if (!accept.includes(exitCode)) throw new RemoteFailure("cp1", "exit", forbidden);
      return { exitCode, stdout: exitCode === 0 ? this.#answer(args) : "", stderr: exitCode === 0 ? "" : forbidden };
    };
    return { remote: { ...localRemote("/nowhere"), run }, address: "10.1.0.1", signal };
  }

  #answer([, verb = "", ...rest]: readonly string[]): string {
    this.log.push(verb);
    const patch = rest.find((arg) => arg.startsWith("--patch="));
    if (patch !== undefined) {
      const { metadata, spec } = JSON.parse(patch.slice("--patch=".length));
      Object.assign(this.node, { draining: metadata.annotations["isokube.dev/draining"], ...spec });
    }
    return verb === "get" ? `${this.node.unschedulable ?? ""} ${this.node.draining ?? ""}` : "";
  }
}

describe("a node that is drained", () => {
  test("is cordoned before its pods go, and takes pods again afterwards", async () => {
    const api = new FakeApi({});
    await drain(api.shell, "cp1", 10);
    expect(api.node).toEqual({ unschedulable: true, draining: "true" });
    expect(api.log).toEqual(["get", "patch", "drain"]);
    await uncordon(api.shell, "cp1");
    expect(api.node).toEqual({ unschedulable: null, draining: null });
  });

  test("takes pods again also by another run, when the one that drained it was cut off", async () => {
    const api = new FakeApi({ unschedulable: true, draining: "true" });
    await drain(api.shell, "cp1", 10);
    await uncordon(api.shell, "cp1");
    expect(api.node).toEqual({ unschedulable: null, draining: null });
  });

  test("stays cordoned where its owner had cordoned it", async () => {
    const api = new FakeApi({ unschedulable: true });
    await drain(api.shell, "cp1", 10);
    await uncordon(api.shell, "cp1");
    expect(api.node).toEqual({ unschedulable: true });
    expect(api.log).toEqual(["get", "drain", "get"]);
  });
});

test("a node takes pods again once its API server, which has just started, knows who may say so", async () => {
  const api = new FakeApi({ unschedulable: true, draining: "true" }, 1);
  await uncordon(api.shell, "cp1");
  expect(api.asked).toBe(3);
  expect(api.node.unschedulable).toBeNull();
});

test("one that refuses for good is told, with its words", async () => {
  const { shell } = new FakeApi({}, Number.POSITIVE_INFINITY);
  await expect(uncordon(shell, "cp1", 0)).rejects.toThrow(/node cp1 takes pods again; last seen: .*Forbidden/);
});
