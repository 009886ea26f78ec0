import { expect, test } from "vitest";
import { uncordon } from "../../../src/onprem/cluster/nodes.js";
import { RemoteFailure, type RemoteResult, type RemoteScript } from "../../../src/onprem/remote.js";
import { localRemote } from "../local-remote.js";

const signal = new AbortController().signal;
const forbidden =
  'Error from server (Forbidden): nodes "cp1" is forbidden: User "kubernetes-admin" cannot get resource "nodes"';

/** An API server that refuses the first so many questions. */
function shellThatRefuses(times: number) {
  let asked = 0;
  const run = async ({ accept = [0] }: RemoteScript): Promise<RemoteResult> => {
    asked += 1;
    const exitCode = asked <= times ? 1 : 0;
    if (!accept.includes(exitCode)) throw new RemoteFailure("cp1", "exit", forbidden);
    return { exitCode, stdout: "", stderr: exitCode === 0 ? "" : forbidden };
  };
  const shell = { remote: { ...localRemote("/nowhere"), run }, address: "10.1.0.1", signal };
  return { shell, asked: () => asked };
}

test("a node takes pods again once its API server, which has just started, knows who may say so", async () => {
  const { shell, asked } = shellThatRefuses(1);
  await uncordon(shell, "cp1");
  expect(asked()).toBe(2);
});

test("one that refuses for good is told, with its words", async () => {
  const { shell } = shellThatRefuses(Number.POSITIVE_INFINITY);
  await expect(uncordon(shell, "cp1", 0)).rejects.toThrow(/node cp1 takes pods again; last seen: .*Forbidden/);
});
