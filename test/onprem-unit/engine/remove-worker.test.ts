import { describe, expect, it } from "vitest";
import { Gates } from "../../../src/onprem/engine/gates.js";
import { removeWorker } from "../../../src/onprem/engine/worker-apply.js";
import { type Connector, type Remote, RemoteFailure, type RemoteScript } from "../../../src/onprem/remote.js";
import { clusterSpec, marker, nodeSpec } from "../fixtures.js";

const cluster = clusterSpec();
const worker = nodeSpec("worker1", { role: "worker" });

const { signal } = new AbortController();
const lost = new RemoteFailure(worker.name, "unreachable", "the connection was lost while a script ran");
const unused = () => Promise.reject(new Error("not used"));
const gate = new Gates().of(cluster.name, 1);

/** What the control plane was asked, and how the removal ended. */
async function removing(use: Connector["use"], restartSeconds = 0): Promise<{ asked: string[]; error: unknown }> {
  const asked: string[] = [];
  const run = async ({ args = [] }: RemoteScript) => {
    asked.push(args.slice(1, 4).join(" "));
    return { exitCode: 0, stdout: "", stderr: "" };
  };
  const remote = { name: "cp1", run, runUnit: unused, readFile: unused, writeFile: unused, upload: unused };
  const shell = { remote: { ...remote, close: async () => {} }, address: "10.0.0.1", signal };
  const options = { connector: { use, close: async () => {} }, signal, report: () => {} };
  const error = await removeWorker({ cluster, host: worker }, shell, gate, options, restartSeconds).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { asked, error };
}

describe("a worker that is removed", () => {
  it("is forgotten by the cluster when its host cannot be reached", async () => {
    expect(await removing(() => Promise.reject(lost))).toEqual({
      asked: [`delete node ${worker.name}`],
      error: undefined,
    });
  });

  it("is not forgotten when its host is away for the moment of a restart", async () => {
    let turns = 0;
    // Nothing of the cluster is on the host that comes back.
    const back: Remote = {
      ...{ name: worker.name, run: unused, runUnit: unused, writeFile: unused, upload: unused },
      ...{ readFile: async () => undefined, close: async () => {} },
    };
    const use: Connector["use"] = (_, work) => (++turns === 1 ? Promise.reject(lost) : work(back));
    expect(await removing(use, 30)).toEqual({ asked: [], error: undefined });
    expect(turns).toBe(2);
  });

  it("is not forgotten when its host was lost meanwhile: it comes back, and has its files still", async () => {
    const content = Buffer.from(JSON.stringify(marker(worker, { cluster: cluster.name, state: "member" })));
    const run = () => Promise.reject(lost);
    const remote: Remote = {
      ...{ name: worker.name, run, runUnit: unused, writeFile: unused, upload: unused },
      ...{ readFile: async () => content, close: async () => {} },
    };
    expect(await removing((_, work) => work(remote))).toEqual({ asked: [], error: lost });
  });
});
