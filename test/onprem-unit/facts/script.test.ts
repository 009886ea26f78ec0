import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookArguments, observeHost, observeRemote } from "../../../src/onprem/facts/observe-host.js";
import { parseFacts } from "../../../src/onprem/facts/parse.js";
import { factsScript } from "../../../src/onprem/facts/script.js";
import { watchAll } from "../../../src/onprem/facts/watched.js";
import type { NodeSpec } from "../../../src/onprem/spec.js";
import { closeAfterEach, startConnector, startHost, targetOf } from "../transport/fixtures.js";

closeAfterEach();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isokube-facts-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["/bin/sh", "/bin/bash"])("the script in %s", (shell) => {
  it("tells of this machine what is so", () => {
    const odd = join(folder, "a name; with 'quotes' $HOME *");
    writeFileSync(odd, "content");
    chmodSync(odd, 0o641);
    const link = join(folder, `another name, for ${shell.replaceAll("/", "-")}`);
    linkSync(odd, link);
    const watched = watchAll({
      files: [odd, join(folder, "absent"), folder, link],
      sysctls: ["kernel.ostype", "net.ipv4.no_such_setting"],
      disks: [join(folder, "not", "there", "yet")],
      features: ["no_such_module"],
    });
    const sentSeconds = Date.now() / 1000;
    const output = execFileSync(shell, ["-c", factsScript, "sh", ...lookArguments(watched)], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const { facts, problems } = parseFacts(output, watched, { sentSeconds, receivedSeconds: Date.now() / 1000 });
    expect(problems).toEqual([]);
    // Read once, whatever its names.
    expect(output.match(/ed7002b439e9ac84/g)).toHaveLength(1);
    expect(facts.files[link]).toEqual(facts.files[odd]);
    expect(facts).toMatchObject({
      hostname: hostname(),
      sysctls: { "kernel.ostype": "Linux" },
      features: { no_such_module: "missing" },
      files: { [odd]: { mode: 0o641, sha256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73" } },
    });
    expect(Object.keys(facts.files)).not.toContain(folder);
    expect(Object.keys(facts.sysctls)).not.toContain("net.ipv4.no_such_setting");
    expect(facts.disks[join(folder, "not", "there", "yet")]?.totalBytes).toBeGreaterThan(0);
    expect(facts.cpus).toBeGreaterThan(0);
    expect(Math.abs(facts.clockOffsetSeconds)).toBeLessThan(2);
  });
});

describe("a look at a host", () => {
  const nodeOf = (host: NodeSpec["host"]): NodeSpec => ({
    name: "node1",
    role: "worker",
    host,
    pool: "general",
    labels: {},
    taints: [],
    needs: undefined,
  });

  it("is one round trip", async () => {
    const host = await startHost();
    const sight = await observeHost(startConnector(), nodeOf(host.spec()), watchAll());
    expect(sight).toMatchObject({ reachable: true, facts: { hostname: hostname() } });
    expect(host.commands).toHaveLength(1);
  });

  it("says why a host cannot be seen", async () => {
    const host = await startHost();
    const wrong = nodeOf(host.spec({ hostKey: `SHA256:${"A".repeat(43)}` }));
    expect(await observeHost(startConnector(), wrong, watchAll())).toMatchObject({
      reachable: false,
      kind: "host-key",
      why: expect.stringContaining("another one than expected"),
    });
  });

  it("tells a host whose report cannot be read from one that has nothing to tell", async () => {
    const host = await startHost();
    const sight = await startConnector().use(targetOf(host), (remote) =>
      observeRemote(
        Object.assign(Object.create(remote), { run: async () => ({ exitCode: 0, stdout: "Welcome!", stderr: "" }) }),
        watchAll(),
      ),
    );
    expect(sight).toMatchObject({ reachable: false, kind: "exit", why: expect.stringContaining("cannot be read") });
  });

  it.each([
    { files: ["relative"] },
    { files: ["/two\nlines"] },
    { services: ["--all"] },
    { packages: ["a b"] },
    { sysctls: ["../../etc/shadow"] },
    { sysctls: ["net..x/../../"] },
  ])("does not ask for %j", async (watched) => {
    const host = await startHost();
    await expect(observeHost(startConnector(), nodeOf(host.spec()), watchAll(watched))).rejects.toThrow(
      "cannot be looked for",
    );
    expect(host.commands).toEqual([]);
  });
});
