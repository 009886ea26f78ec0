import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type RecordSecret, readRecord, settle } from "../../../src/components/cluster/release-record.js";

const base64 = (content: Buffer | string) => Buffer.from(content).toString("base64");
const began = Date.parse("2026-03-01T10:00:00Z");

/** A Secret as Helm writes it. */
function secret(revision: number, status: string, chart = "gateway-helm", labels = {}): RecordSecret {
  const record = JSON.stringify({ name: "gateway", chart: { metadata: { name: chart } } });
  return {
    metadata: {
      name: `sh.helm.release.v1.gateway.v${revision}`,
      creationTimestamp: "2026-03-01T10:00:00Z",
      labels: { owner: "helm", name: "gateway", status, version: String(revision), ...labels },
    },
    data: { release: base64(base64(gzipSync(record))) },
  };
}

const asked = { operation: "create", chart: "gateway-helm", timeoutSeconds: 600 } as const;
const settled = (secrets: readonly RecordSecret[], afterSeconds: number, operation: "create" | "update" = "create") =>
  settle(secrets.map(readRecord), { ...asked, operation }, began + afterSeconds * 1000);

describe("what is done about Helm's records before a chart is installed", () => {
  test.each([
    ["there is none", []],
    ["it failed, which Helm takes over by itself", [secret(1, "failed")]],
    ["it was uninstalled, which Helm takes over by itself", [secret(1, "uninstalled")]],
    ["somebody else's chart has the name", [secret(1, "deployed", "another")]],
    ["somebody else's chart is being installed", [secret(1, "pending-install", "another")]],
  ])("nothing, where %s", (_what, secrets) => {
    expect(settled(secrets, 3600)).toEqual({ action: "go" });
  });

  test("an install that was cut off is waited for as long as Helm itself would have waited", () => {
    const until = began + 1_230_000;
    expect(settled([secret(1, "pending-install")], 5)).toEqual({ action: "wait", until });
    expect(settled([secret(1, "pending-install")], 1229)).toEqual({ action: "wait", until });
  });

  test("an install that nobody can be at any more is forgotten", () => {
    expect(settled([secret(1, "pending-install")], 1231)).toEqual({
      action: "remove",
      secrets: ["sh.helm.release.v1.gateway.v1"],
    });
  });

  test("an install that was finished after its engine had died is forgotten at once, and done once more", () => {
    expect(settled([secret(1, "deployed")], 5)).toMatchObject({ action: "remove" });
  });

  test("what is being rolled back counts from when that began", () => {
    const modifiedAt = String((began + 600_000) / 1000);
    const secrets = [secret(1, "uninstalling", "gateway-helm", { modifiedAt })];
    expect(settled(secrets, 1300)).toEqual({ action: "wait", until: began + 1_830_000 });
  });
});

describe("what is done about Helm's records before a release is upgraded", () => {
  test("a finished release is left as it is", () => {
    expect(settled([secret(1, "deployed")], 5, "update")).toEqual({ action: "go" });
  });

  test("an upgrade that was cut off is forgotten, and what was good before it is kept", () => {
    const secrets = [secret(10, "pending-upgrade"), secret(9, "deployed"), secret(8, "superseded")];
    expect(settled(secrets, 5, "update")).toMatchObject({ action: "wait" });
    expect(settled(secrets, 3600, "update")).toEqual({
      action: "remove",
      secrets: ["sh.helm.release.v1.gateway.v10"],
    });
  });
});

test("a record that cannot be read is nobody's", () => {
  const unreadable = { ...secret(1, "pending-install"), data: { release: base64("no archive") } };
  expect(settled([unreadable], 3600)).toEqual({ action: "go" });
});
