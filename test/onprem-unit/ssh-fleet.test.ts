import { spawn } from "node:child_process";
import { once } from "node:events";
import ssh2, { type Client, type ClientChannel } from "ssh2";
import { afterEach, describe, expect, it } from "vitest";
import { type FleetRequest, newKey, type ScriptedServer, SshFleet } from "../support/ssh-fleet/index.js";

const open: { fleet: SshFleet; clients: Client[] }[] = [];

async function start(request: Partial<FleetRequest> = {}): Promise<{ fleet: SshFleet; clients: Client[] }> {
  const script = ({ command }: { command: string }) => ({ stdout: `${command}\n` });
  const one = { fleet: await SshFleet.start({ count: 1, script, ...request }), clients: [] };
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const { fleet, clients } of open.splice(0)) {
    for (const client of clients) client.destroy();
    await fleet.close();
    expect(fleet.counts.connections.now).toBe(0);
    expect(fleet.counts.channels.now).toBe(0);
  }
});

/** Logs in, and accepts only the host key that is known. */
function login(
  { fleet, clients }: { fleet: SshFleet; clients: Client[] },
  server: ScriptedServer,
  options: { knownKey?: string; password?: string; user?: string; privateKey?: string } = {},
): Promise<Client> {
  const { knownKey = server.hostKey, password, user = fleet.user, privateKey = fleet.privateKey } = options;
  const client = new ssh2.Client();
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client));
    client.on("error", reject);
    client.once("close", () => reject(new Error("closed")));
    client.connect({
      host: server.host,
      port: server.port,
      username: user,
      readyTimeout: 10_000,
      hostVerifier: (key: Buffer) => key.toString("base64") === knownKey.split(" ")[1],
      ...(password === undefined ? { privateKey } : { password }),
    });
  });
}

function openChannel(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

interface Result {
  stdout: string;
  stderr: string;
  code?: number;
}

function run(client: Client, command: string, input = ""): Promise<Result> {
  const result: Result = { stdout: "", stderr: "" };
  return new Promise((resolve, reject) => {
    // Listens before this turn ends: the answer may come in the same piece as the permission to ask.
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      channel.on("data", (data: Buffer) => {
        result.stdout += data;
      });
      channel.stderr.on("data", (data: Buffer) => {
        result.stderr += data;
      });
      channel.on("exit", (code: number | null) => {
        if (code !== null) result.code = code;
      });
      channel.once("close", () => resolve(result));
      channel.end(input);
    });
  });
}

describe("a scripted SSH server", () => {
  it("answers each command with what the script says, from its name, its text and its input", async () => {
    const one = await start({
      count: 2,
      script: async (call) => {
        if (call.command === "fail") return { code: 3, stderr: "no\n" };
        if (call.command === "cat") return { stdout: await call.input() };
        return { stdout: `${call.user}@${call.server} ${call.index} ${call.command}` };
      },
    });
    const client = await login(one, one.fleet.get(1));
    expect(await run(client, "uname -a")).toEqual({ stdout: "ops@server2 0 uname -a", stderr: "", code: 0 });
    expect(await run(client, "fail")).toEqual({ stdout: "", stderr: "no\n", code: 3 });
    expect(await run(client, "cat", "text ä")).toEqual({ stdout: "text ä", stderr: "", code: 0 });
    expect(one.fleet.get(1).counts.commands.map(({ command }) => command)).toEqual(["uname -a", "fail", "cat"]);
    expect(one.fleet.get(0).counts.commands).toEqual([]);
  });

  it("shows a script that throws as what it is", async () => {
    const one = await start({
      script: () => {
        throw new Error("unexpected command");
      },
    });
    const result = await run(await login(one, one.fleet.get(0)), "x");
    expect(result.code).toBe(255);
    expect(result.stderr).toContain("the script of answers failed: Error: unexpected command");
  });

  it("lets in the key and the password of the fleet, and nobody else", async () => {
    const one = await start({ password: "right" });
    const server = one.fleet.get(0);
    await login(one, server);
    await login(one, server, { password: "right" });
    await expect(login(one, server, { password: "wrong" })).rejects.toThrow("authentication methods failed");
    await expect(login(one, server, { user: "root" })).rejects.toThrow("authentication methods failed");
    const stranger = newKey().private;
    await expect(login(one, server, { privateKey: stranger })).rejects.toThrow("authentication methods failed");
    expect(server.counts).toMatchObject({ acceptedLogins: 2 });
  });

  it("shows another host key after a replacement, on the same port", async () => {
    const one = await start();
    const server = one.fleet.get(0);
    const known = server.hostKey;
    await login(one, server, { knownKey: known });
    server.replaceHostKey();
    expect(server.hostKey).not.toBe(known);
    await expect(login(one, server, { knownKey: known })).rejects.toThrow("verification failed");
    await login(one, server);
  });

  it("loses connections: before an answer, in the middle of one, all at once, and while it is off", async () => {
    const one = await start({
      script: ({ command }) =>
        command === "drop" ? "drop" : command === "half" ? { dropAfter: "half an ans" } : "hang",
    });
    const server = one.fleet.get(0);
    expect(await run(await login(one, server), "drop")).toEqual({ stdout: "", stderr: "" });
    expect(await run(await login(one, server), "half")).toEqual({ stdout: "half an ans", stderr: "" });

    const hanging = await openChannel(await login(one, server), "sleep");
    // A stream that nobody reads never comes to its end.
    const closed = new Promise((resolve) => hanging.resume().once("close", () => resolve("closed")));
    server.dropConnections();
    expect(await closed).toBe("closed");
    expect(server.counts.commands[2]).not.toHaveProperty("endedAt");

    const { port } = server;
    await server.stop();
    await expect(login(one, server)).rejects.toThrow("ECONNREFUSED");
    await server.start();
    expect(server.port).toBe(port);
    await login(one, server);
  });

  it("accepts and says nothing when it is silent", async () => {
    const one = await start();
    const server = one.fleet.get(0);
    server.silent = true;
    const waiting = login(one, server);
    const outcome = await Promise.race([
      waiting.then(
        () => "in",
        () => "refused",
      ),
      new Promise((resolve) => setTimeout(() => resolve("nothing"), 300)),
    ]);
    expect(outcome).toBe("nothing");
    expect(server.counts.connections.now).toBe(1);
    server.dropConnections();
    await expect(waiting).rejects.toThrow();
  });

  it("refuses more sessions on one connection than it may, as sshd does", async () => {
    const one = await start({ maxSessions: 3, script: () => "hang" });
    const client = await login(one, one.fleet.get(0));
    for (let index = 0; index < 3; index += 1) await openChannel(client, "sleep");
    await expect(openChannel(client, "sleep")).rejects.toThrow("Channel open failure");
    const { channels, channelsOnOneConnection, refusedChannels } = one.fleet.counts;
    expect({ most: channels.most, channelsOnOneConnection, refusedChannels }).toEqual({
      most: 3,
      channelsOnOneConnection: 3,
      refusedChannels: 1,
    });
  });

  it("is as far away as it is told, and nothing overtakes when it comes nearer", async () => {
    const one = await start({ script: async (call) => ({ stdout: await call.input() }) });
    const server = one.fleet.get(0);
    const client = await login(one, server);
    server.latencyMilliseconds = 200;
    const begun = performance.now();
    const far = run(client, "cat", "x".repeat(200_000));
    await new Promise((resolve) => setTimeout(resolve, 150));
    server.latencyMilliseconds = 0;
    expect((await far).stdout).toBe("x".repeat(200_000));
    expect(performance.now() - begun).toBeGreaterThan(190);
  });

  it("forwards to another server as a bastion, if it is one", async () => {
    const one = await start({ count: 2, forwarding: true });
    const bastion = await login(one, one.fleet.get(0));
    const target = one.fleet.get(1);
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      bastion.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) =>
        error === undefined ? resolve(channel) : reject(error),
      );
    });
    const client = new ssh2.Client();
    one.clients.push(client);
    await new Promise((resolve, reject) => {
      client.once("ready", () => resolve(undefined)).on("error", reject);
      client.connect({ sock: stream, username: one.fleet.user, privateKey: one.fleet.privateKey });
    });
    expect(await run(client, "hostname")).toMatchObject({ stdout: "hostname\n", code: 0 });

    const refusing = await start({ count: 2 });
    const plain = await login(refusing, refusing.fleet.get(0));
    await expect(
      new Promise((resolve, reject) => {
        plain.forwardOut("127.0.0.1", 0, "127.0.0.1", target.port, (error) => (error ? reject(error) : resolve(0)));
      }),
    ).rejects.toThrow("Channel open failure");
  });
});

describe("a fleet of 200", () => {
  it("serves everybody at once and counts what was done at the same time", async () => {
    const one = await start({ count: 200, script: () => ({ stdout: "ok", takesMilliseconds: 20 }) });
    const results = await Promise.all(
      one.fleet.servers.map(async (server) => {
        const client = await login(one, server);
        return Promise.all([run(client, "a"), run(client, "b")]);
      }),
    );
    expect(results.flat().filter(({ stdout, code }) => stdout === "ok" && code === 0)).toHaveLength(400);
    const { counts } = one.fleet;
    expect(new Set(one.fleet.servers.map(({ port }) => port)).size).toBe(200);
    expect(counts.commands).toHaveLength(400);
    expect(counts.connections).toMatchObject({ now: 200, most: 200, total: 200 });
    expect(counts.channels.total).toBe(400);
    expect(counts.channelsOnOneConnection).toBe(2);
    expect(counts.acceptedLogins).toBe(200);
    expect(counts.commandsAtOnce()).toBeGreaterThan(1);
  });
});

describe("connections at a time", () => {
  /** Another process: connects, and told to, ends that connection before it opens the next one. */
  const client = `
    const { connect } = require("node:net");
    const [host, port] = process.argv.slice(1);
    const first = connect(Number(port), host, () => {
      process.stdout.write("connected");
      process.stdin.once("data", () => {
        first.destroy();
        first.once("close", () => connect(Number(port), host));
      });
    });`;

  it("are those that the client holds, however late the server comes to see that one has ended", async () => {
    const { fleet } = await start();
    const server = fleet.get(0);
    const child = spawn(process.execPath, ["--eval", client, "--", server.host, String(server.port)]);
    try {
      await once(child.stdout, "data");
      await expect.poll(() => server.counts.connections.now).toBe(1);
      await new Promise((written) => child.stdin.write("next", written));
      // Both events are there when this process comes to them.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      await expect.poll(() => server.counts.connections.total).toBe(2);
      expect(server.counts.connections.most).toBe(1);
    } finally {
      child.kill();
      await once(child, "close");
    }
  });
});
