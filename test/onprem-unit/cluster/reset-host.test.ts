import { expect, test } from "vitest";
import { resetHost } from "../../../src/onprem/cluster/reset-host.js";
import type { Remote } from "../../../src/onprem/remote.js";

function remoteThatSays(stdout: string, exitCode: number): Remote {
  const unused = () => Promise.reject(new Error("not used"));
  const runUnit: Remote["runUnit"] = async ({ accept = [0] }) => {
    if (!accept.includes(exitCode)) throw new Error(`exit code ${exitCode}`);
    return { exitCode, stdout, stderr: "" };
  };
  return { name: "cp1", run: unused, runUnit, readFile: unused, writeFile: unused, upload: unused, close: unused };
}
const reset = (stdout: string, exitCode: number) =>
  resetHost(remoteThatSays(stdout, exitCode), new AbortController().signal, "whole");

test("a host on which something of the cluster stays is an error that names it and says what to do", async () => {
  const said = "mount /var/lib/kubelet/pods/1/volumes/data\ninterface kube-bridge\n";
  await expect(reset(said, 3)).rejects.toThrow(
    "cp1: reset, but the host still has of the cluster: mount /var/lib/kubelet/pods/1/volumes/data; " +
      "interface kube-bridge. Look what holds it, or restart the host, and run again: the reset goes on",
  );
});

test("of a long list the rest is counted", async () => {
  const rules = Array.from({ length: 30 }, (_, index) => `iptables-save -A KUBE-${index}`).join("\n");
  await expect(reset(rules, 3)).rejects.toThrow(/-A KUBE-7; and 22 more\. Look/);
});

test("a script that fails otherwise is that failure", async () => {
  await expect(reset("", 1)).rejects.toThrow("exit code 1");
  await expect(reset("", 0)).resolves.toBeUndefined();
});
