import { describe, expect, it } from "vitest";
import { leave } from "../../../src/onprem/cluster/leave.js";
import type { Remote, RemoteResult, RemoteScript } from "../../../src/onprem/remote.js";

/** As etcd's gateway answers, and what the look at each member's health gives. */
const members = JSON.stringify({
  members: [{ ID: "1", name: "cp1", peerURLs: ["https://10.0.0.1:2380"], clientURLs: ["https://10.0.0.1:2379"] }],
});
const health = 'begun\0\0health https://10.0.0.1:2379\0{"health":"true"}\0ended\0\0';

/** What was done, in order, in the words that tell it apart. */
async function leavingOf(kind: "whole" | "again"): Promise<string[]> {
  const done: string[] = [];
  const remoteOf = (name: string): Remote => {
    const run = async ({ text, args = [] }: RemoteScript): Promise<RemoteResult> => {
      const [, verb, what] = args;
      if (verb === "drain" || verb === "delete") done.push(`${verb} ${what}`);
      else if (text.includes("isokube-kubeadm-")) done.push(`${name}: kubeadm is stopped`);
      else if (text.includes("keepalived")) done.push(`${name}: the address is given up, ${args[0]}`);
      else if (text.includes("member/list")) done.push("members are looked at");
      return {
        exitCode: 0,
        stdout: text.includes("member/list") ? members : health,
        stderr: "",
      };
    };
    const unused = () => Promise.reject(new Error("not used"));
    const runUnit = async ({ unit, args = [] }: RemoteScript & { unit: string }): Promise<RemoteResult> => {
      done.push(`${name}: ${unit} ${args.join(" ")}`);
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    return { name, run, runUnit, readFile: unused, writeFile: unused, upload: unused, close: async () => {} };
  };
  const shell = { remote: remoteOf("cp1"), address: "10.0.0.1", signal: new AbortController().signal };
  const leaving = { name: "cp2", peerAddress: "10.0.0.2", remote: remoteOf("cp2"), drainTimeoutSeconds: 10 };
  await leave(shell, leaving, () => {}, kind);
  return done.filter((line, index) => line !== done[index - 1]);
}

describe("a control plane that leaves", () => {
  it.each(["whole", "again"] as const)(
    "is out of etcd before its host is reset, and is no node after it (%s)",
    async (kind) => {
      expect(await leavingOf(kind)).toEqual([
        "cp2: kubeadm is stopped",
        "drain cp2",
        `cp2: the address is given up, ${kind}`,
        "members are looked at",
        "delete node",
        `cp2: isokube-reset ${kind}`,
        "delete node",
      ]);
    },
  );
});
