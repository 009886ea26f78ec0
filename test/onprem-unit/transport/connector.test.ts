import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { fingerprintOf } from "../../../src/onprem/transport/host-keys.js";
import { publicLine } from "../../support/loopback-host.js";
import { newKey } from "../../support/ssh-fleet/index.js";
import { closeAfterEach, echo, failureOf, onHost, startConnector, startHost, targetOf, until } from "./fixtures.js";

closeAfterEach();

const rsaKey = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 }).private;

describe("a host's key", () => {
  it("is the pinned one, by key or by fingerprint, whichever of its keys the host likes best", async () => {
    const host = await startHost({ hostKeys: [newKey().private, rsaKey] });
    const connector = startConnector();
    for (const key of host.hostKeys) {
      for (const hostKey of [publicLine(key), fingerprintOf(key.getPublicSSH())]) {
        const result = await connector.use(targetOf(host, { hostKey }), (remote) => remote.run(echo));
        expect(result).toEqual({ exitCode: 0, stdout: "hello\n", stderr: "" });
      }
    }
  });

  it("is refused when it is another one, before anybody logs in", async () => {
    const host = await startHost({ hostKeys: [newKey().private, rsaKey] });
    const fingerprints = host.hostKeys.map((key) => fingerprintOf(key.getPublicSSH()));
    const wrong = `SHA256:${"A".repeat(43)}`;
    const failure = await failureOf(
      startConnector().use(targetOf(host, { hostKey: wrong }), (remote) => remote.run(echo)),
    );
    expect(failure.kind).toBe("host-key");
    for (const fingerprint of [...fingerprints, wrong]) expect(failure.message).toContain(fingerprint);
    expect(host.commands).toEqual([]);
  });

  it("is refused when the host has none of the pinned type", async () => {
    const host = await startHost();
    const hostKey = publicLine(ssh2.utils.parseKey(rsaKey) as Exclude<ReturnType<typeof ssh2.utils.parseKey>, Error>);
    const failure = await failureOf(startConnector().use(targetOf(host, { hostKey }), (remote) => remote.run(echo)));
    expect(failure).toMatchObject({
      kind: "host-key",
      message: expect.stringContaining("no host key of a type ssh-rsa"),
    });
  });

  it("is looked up in the known-hosts file", async () => {
    const host = await startHost();
    const knownHostsFile = host.keep("known_hosts", `[127.0.0.1]:${host.port} ${host.publicKey}\n`);
    const target = targetOf(host, { hostKey: undefined, knownHostsFile });
    expect((await startConnector().use(target, (remote) => remote.run(echo))).stdout).toBe("hello\n");
  });

  it.each([
    ["a file without it", ""],
    ["no file", undefined],
  ])("is refused with its fingerprint when there is %s", async (_what, content) => {
    const host = await startHost();
    if (content !== undefined) host.keep("known_hosts", content);
    const failure = await failureOf(
      startConnector().use(targetOf(host, { hostKey: undefined }), (remote) => remote.run(echo)),
    );
    const [key] = host.hostKeys;
    expect(failure.kind).toBe("host-key");
    expect(failure.message).toContain(fingerprintOf(key?.getPublicSSH() ?? Buffer.alloc(0)));
  });

  it("cannot be a word", async () => {
    const failure = await failureOf(
      startConnector().use(targetOf(await startHost(), { hostKey: "yes" }), (remote) => remote.run(echo)),
    );
    expect(failure).toMatchObject({ kind: "host-key", message: expect.stringContaining("neither a public key") });
  });
});

describe("a login", () => {
  it("that the host refuses names user and key", async () => {
    const host = await startHost();
    const privateKeyFile = host.keep("other", newKey().private);
    const failure = await failureOf(
      startConnector().use(targetOf(host, { privateKeyFile }), (remote) => remote.run(echo)),
    );
    expect(failure).toMatchObject({ kind: "login", message: expect.stringContaining(privateKeyFile) });
    expect(failure.message).toContain("user ops");
  });

  it.each([
    [
      "a passphrase",
      () => ssh2.utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-cbc", rounds: 16 }).private,
      "ssh-add",
    ],
    ["a public key in it", () => newKey().public, "holds a public key"],
    ["nonsense in it", () => "nonsense", "holds no private key"],
  ])("by a key file with %s fails clearly", async (_what, content, says) => {
    const host = await startHost();
    const privateKeyFile = host.keep("odd", content());
    const failure = await failureOf(
      startConnector().use(targetOf(host, { privateKeyFile }), (remote) => remote.run(echo)),
    );
    expect(failure).toMatchObject({ kind: "login", message: expect.stringContaining(says) });
    expect(failure.message).toContain(privateKeyFile);
    expect(host.connections).toBe(0);
  });

  it.each([
    ["no key and no agent", undefined, "set privateKeyFile"],
    ["a file that is not there", "/nonexistent/key", "correct privateKeyFile"],
  ])("with %s fails clearly", async (_what, privateKeyFile, says) => {
    const failure = await failureOf(
      startConnector().use(targetOf(await startHost(), { privateKeyFile }), (remote) => remote.run(echo)),
    );
    expect(failure).toMatchObject({ kind: "login", message: expect.stringContaining(says) });
  });

  it("by an agent that is not there fails as a login", async () => {
    const host = await startHost();
    const ssh = { privateKeyFile: undefined, agentSocket: "/nonexistent/agent" };
    const failure = await failureOf(startConnector().use(targetOf(host, ssh), (remote) => remote.run(echo)));
    expect(failure).toMatchObject({
      kind: "login",
      message: expect.stringContaining("the agent at /nonexistent/agent"),
    });
  });
});

describe("a host that cannot be reached", () => {
  it("is told apart when nobody listens", async () => {
    const host = await startHost();
    const target = targetOf(host, { port: 1 });
    expect(await failureOf(startConnector().use(target, (remote) => remote.run(echo)))).toMatchObject({
      kind: "unreachable",
      host: "node1",
      message: expect.stringContaining(`127.0.0.1:1 cannot be reached: connect ECONNREFUSED`),
    });
  });

  it("is given up when it never says a word", async () => {
    const host = await startHost();
    host.beforeHandshake = () => sleep(60_000, undefined, { ref: false });
    const begun = performance.now();
    const failure = await failureOf(
      startConnector({ connectSeconds: 0.5 }).use(targetOf(host), (remote) => remote.run(echo)),
    );
    expect(failure).toMatchObject({ kind: "unreachable", message: expect.stringContaining("within 0.5 s") });
    expect(performance.now() - begun).toBeLessThan(3000);
  });

  it("is given up at once when the caller is asked to stop", async () => {
    const host = await startHost();
    host.beforeHandshake = () => sleep(60_000, undefined, { ref: false });
    const signal = AbortSignal.timeout(100);
    const work = startConnector().use({ ...targetOf(host), signal }, (remote) => remote.run(echo));
    await expect(work).rejects.toBe(await work.catch(() => signal.reason));
    expect(signal.aborted).toBe(true);
  });

  it("is not another protocol's server", async () => {
    const host = await startHost();
    const web = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const address = web.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const failure = await failureOf(startConnector().use(targetOf(host, { port }), (remote) => remote.run(echo)));
    await new Promise((resolve) => web.close(resolve));
    expect(failure.kind).toBe("unreachable");
  });

  it("is noticed while a script runs, when no sign of life comes any more", async () => {
    await onHost(async (remote, host) => {
      const running = failureOf(remote.run({ text: "sleep 60.125", timeoutSeconds: 60 }));
      await until("the script runs", () => host.openChannels === 1);
      host.mute();
      expect((await running).kind).toBe("unreachable");
    });
  });

  it("is noticed before a script begins, and is not taken for a limit of sshd's", async () => {
    await onHost(async (remote, host) => {
      await remote.run(echo);
      host.mute();
      const failure = await failureOf(remote.run(echo));
      expect(failure.kind).toBe("unreachable");
      expect(failure.message).toContain("the connection was lost before a script could begin");
      expect(failure.message).not.toContain("MaxSessions");
    });
  });
});

describe("connections", () => {
  it("are shared by those who use a host at once, and closed after the last", async () => {
    const host = await startHost();
    const connector = startConnector();
    await connector.use(targetOf(host), async () => {
      await Promise.all(Array.from({ length: 5 }, () => connector.use(targetOf(host), (remote) => remote.run(echo))));
    });
    expect(host.connections).toBe(1);
    await until("the connection is closed", () => host.openConnections === 0);
    await connector.use(targetOf(host), (remote) => remote.run(echo));
    expect(host.connections).toBe(2);
  });

  it("carry at most five channels", async () => {
    await onHost(async (remote, host) => {
      await Promise.all(Array.from({ length: 20 }, () => remote.run({ text: "sleep 0.1", timeoutSeconds: 20 })));
      expect(host.commands).toHaveLength(20);
      expect(host.mostChannels).toBeLessThanOrEqual(5);
      expect(host.mostChannels).toBeGreaterThan(1);
    });
  });

  it("are never more than the set number", async () => {
    const hosts = await Promise.all(Array.from({ length: 6 }, () => startHost()));
    const connector = startConnector({ maxConnections: 2 });
    let now = 0;
    let most = 0;
    const work = hosts.map((host) =>
      connector.use(targetOf(host), async (remote) => {
        now += 1;
        most = Math.max(most, now);
        await remote.run({ text: "sleep 0.1", timeoutSeconds: 10 });
        now -= 1;
      }),
    );
    await Promise.all(work);
    expect(most).toBe(2);
  });

  it("leave the line when the caller is asked to stop", async () => {
    const [first, second] = [await startHost(), await startHost()];
    const connector = startConnector({ maxConnections: 1 });
    await connector.use(targetOf(first), async () => {
      const signal = AbortSignal.timeout(50);
      await expect(connector.use({ ...targetOf(second), signal }, (remote) => remote.run(echo))).rejects.toThrow(
        /timeout/,
      );
    });
    expect(second.connections).toBe(0);
    expect((await connector.use(targetOf(second), (remote) => remote.run(echo))).exitCode).toBe(0);
  });

  it("are made anew for the next script after one was lost", async () => {
    await onHost(async (remote, host) => {
      const running = failureOf(remote.run({ text: "sleep 60.25", timeoutSeconds: 60 }));
      await until("the script runs", () => host.openChannels === 1);
      host.cut();
      expect((await running).kind).toBe("unreachable");
      expect((await remote.run(echo)).stdout).toBe("hello\n");
      expect(host.connections).toBe(2);
    });
  });

  it("end with the connector", async () => {
    const host = await startHost();
    const connector = startConnector();
    await connector.use(targetOf(host), async (remote) => {
      await connector.close();
      expect((await failureOf(remote.run(echo))).kind).toBe("unreachable");
    });
    await expect(connector.use(targetOf(host), (remote) => remote.run(echo))).rejects.toThrow(
      "the connector was closed",
    );
  });
});

describe("a bastion", () => {
  it("is gone through, on one connection for all hosts behind it", async () => {
    const bastion = await startHost({ forwarding: true });
    const hosts = [await startHost(), await startHost()];
    const by = { ...bastion.ssh(), address: "127.0.0.1" };
    const connector = startConnector();
    const results = await Promise.all(
      hosts.map((host) =>
        connector.use(targetOf(host, { bastion: by }), (remote) => remote.run({ ...echo, text: "echo $$; sleep 0.3" })),
      ),
    );
    expect(results.map((result) => result.exitCode)).toEqual([0, 0]);
    expect(bastion.connections).toBe(1);
    expect(bastion.commands).toEqual([]);
    await until("the bastion's connection is closed", () => bastion.openConnections === 0);
  });

  it("must prove to be itself, and so must the host behind it", async () => {
    const bastion = await startHost({ forwarding: true });
    const host = await startHost();
    const wrong = `SHA256:${"A".repeat(43)}`;
    const refusals: [Parameters<typeof targetOf>[1], string][] = [
      [{ bastion: { ...bastion.ssh({ hostKey: wrong }), address: "127.0.0.1" } }, "bastion 127.0.0.1"],
      [{ hostKey: wrong, bastion: { ...bastion.ssh(), address: "127.0.0.1" } }, `127.0.0.1:${host.port} was refused`],
    ];
    for (const [ssh, says] of refusals) {
      const failure = await failureOf(startConnector().use(targetOf(host, ssh), (remote) => remote.run(echo)));
      expect(failure).toMatchObject({ kind: "host-key", message: expect.stringContaining(says) });
    }
  });

  it("that forwards nothing is named", async () => {
    const bastion = await startHost();
    const host = await startHost();
    const ssh = { bastion: { ...bastion.ssh(), address: "127.0.0.1" } };
    expect(await failureOf(startConnector().use(targetOf(host, ssh), (remote) => remote.run(echo)))).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("cannot be reached through bastion 127.0.0.1"),
    });
  });
});
