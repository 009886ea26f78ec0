import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WatchedProcess, watchApiServer } from "../../src/local/simulated-kubelet/liveness.js";

const etcd: WatchedProcess = { name: "etcd", pid: 1 };
const apiServer: WatchedProcess = { name: "kube-apiserver", pid: 2 };

/** What is found at each look, counted from 1. */
let found: (look: number) => WatchedProcess[];
let changing: boolean;
let ended: number[];
let stop: AbortController;
let looks: number;

beforeEach(() => {
  [found, changing, ended, looks] = [() => [etcd, apiServer], false, [], 0];
  stop = new AbortController();
  void watchApiServer({
    processes: () => {
      looks += 1;
      return found(looks).filter(({ pid }) => !ended.includes(pid));
    },
    isBeingChanged: () => changing,
    end: (pid) => void ended.push(pid),
    everyMs: 1,
    signal: stop.signal,
  });
});
afterEach(() => stop.abort());

async function afterLooks(count: number): Promise<void> {
  const goal = looks + count;
  while (looks < goal) await sleep(1);
}

describe("the API server's liveness", () => {
  test("is left alone while its store is there", async () => {
    await afterLooks(5);
    expect(ended).toEqual([]);
  });

  test("ends with its store, at the second look", async () => {
    found = () => [apiServer];
    await afterLooks(4);
    expect(ended).toEqual([2]);
  });

  test("is somebody else's to judge while the cluster is being changed", async () => {
    changing = true;
    found = () => [apiServer];
    await afterLooks(5);
    expect(ended).toEqual([]);
  });

  test("is given time when the store comes back between two looks", async () => {
    found = (look) => (look % 2 === 0 ? [apiServer] : [etcd, apiServer]);
    await afterLooks(6);
    expect(ended).toEqual([]);
  });
});
