import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { asFailed, type RecordSecret, settle } from "../../../src/components/cluster/release-record.js";

const encode = (text: string) => Buffer.from(Buffer.from(gzipSync(text)).toString("base64")).toString("base64");
const decode = (data: string): unknown =>
  JSON.parse(gunzipSync(Buffer.from(Buffer.from(data, "base64").toString(), "base64")).toString());
const began = Date.parse("2026-03-01T10:00:00Z");
const seconds = (after: number) => String(began / 1000 + after);

/** A Secret as Helm writes it. */
function secret(revision: number, status: string, chart = "gateway-helm", labels = {}): RecordSecret {
  const release = { name: "gateway", info: { status, notes: "none" }, chart: { metadata: { name: chart } } };
  return {
    metadata: {
      name: `sh.helm.release.v1.gateway.v${revision}`,
      resourceVersion: "17",
      creationTimestamp: "2026-03-01T10:00:00Z",
      labels: {
        owner: "helm",
        name: "gateway",
        status,
        version: String(revision),
        createdAt: seconds(0),
        ...labels,
      },
    },
    data: { release: encode(JSON.stringify(release)) },
  };
}

const asked = { chart: "gateway-helm", timeoutSeconds: 600, isKnown: false };
const settled = (secrets: readonly RecordSecret[], afterSeconds: number, isKnown = false) =>
  settle(secrets, { ...asked, isKnown }, began + afterSeconds * 1000);

describe("what is done about Helm's records before Helm is asked", () => {
  test.each([
    ["there is none", [], false],
    ["it is as Pulumi knows it", [secret(1, "deployed")], true],
    ["it failed, which Helm goes on from", [secret(1, "failed")], false],
    ["it was uninstalled, which Helm goes on from", [secret(1, "uninstalled")], false],
    ["somebody else's chart has the name", [secret(1, "deployed", "another")], false],
    ["somebody else's chart is being installed", [secret(1, "pending-install", "another")], false],
  ])("nothing, where %s", (_what, secrets, isKnown) => {
    expect(settled(secrets, 3600, isKnown)).toEqual({ action: "go" });
  });

  test("an install that was cut off is waited for as long as Helm itself would have waited", () => {
    const until = began + 1_230_000;
    expect(settled([secret(1, "pending-install")], 5)).toEqual({ action: "wait", until });
    expect(settled([secret(1, "pending-install")], 1229)).toEqual({ action: "wait", until });
  });

  test("an install that nobody can be at any more has failed", () => {
    const record = secret(1, "pending-install");
    expect(settled([record], 1230)).toEqual({ action: "fail", record });
  });

  test("an upgrade that nobody can be at any more has failed, and what was good before it stays good", () => {
    const record = secret(10, "pending-upgrade");
    expect(settled([secret(9, "deployed"), record], 1230, true)).toEqual({ action: "fail", record });
  });

  test("an install that was finished after its engine had died is done once more, at once", () => {
    const record = secret(1, "deployed");
    expect(settled([record], 5)).toEqual({ action: "fail", record });
  });

  test("the time counts from what was written last", () => {
    const secrets = [secret(1, "uninstalling", "gateway-helm", { modifiedAt: seconds(600) })];
    expect(settled(secrets, 1300)).toEqual({ action: "wait", until: began + 1_830_000 });
  });

  test("a record that cannot be read is nobody's", () => {
    expect(settled([{ ...secret(1, "pending-install"), data: { release: encode("no JSON") } }], 3600)).toEqual({
      action: "go",
    });
  });
});

test("a record that is made to say that it failed says so twice, and is else as it was", () => {
  const { metadata, data } = asFailed(secret(1, "pending-install"), began + 5000);
  expect(metadata).toEqual({ resourceVersion: "17", labels: { status: "failed", modifiedAt: seconds(5) } });
  expect(decode(data.release)).toEqual({
    name: "gateway",
    info: { status: "failed", notes: "none", description: expect.stringContaining("Cut off") },
    chart: { metadata: { name: "gateway-helm" } },
  });
});
