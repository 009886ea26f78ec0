import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Ports, portNames } from "../../src/local/layout.js";
import { awaitReleased, choosePorts, isPortFree, pickPorts } from "../../src/local/ports.js";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function take(port: number, host = "127.0.0.1"): Promise<void> {
  const server = createServer();
  servers.push(server);
  server.listen(port, host);
  await once(server, "listening");
}

const nobody = (): boolean => false;

describe("picking ports", () => {
  test("gives different free ones below those of outgoing connections", async () => {
    const ports = await pickPorts(50);
    expect(new Set(ports).size).toBe(50);
    for (const port of ports) expect(port).toSatisfy((value: number) => value >= 20_000 && value < 30_000);
    expect(await isPortFree(ports[0] ?? 0)).toBe(true);
  });

  test.each(["127.0.0.1", "0.0.0.0"])("sees one that is taken on %s", async (host) => {
    const [port = 0] = await pickPorts(1);
    await take(port, host);
    expect(await isPortFree(port)).toBe(false);
  });
});

describe("choosing a cluster's ports", () => {
  const present = (): Promise<Ports> => choosePorts(undefined, nobody, new Set());

  test("gives every listener one", async () => {
    const ports = await present();
    expect(Object.keys(ports)).toEqual([...portNames]);
    expect(new Set(Object.values(ports)).size).toBe(portNames.length);
  });

  test("keeps those that are free", async () => {
    const before = await present();
    expect(await choosePorts(before, nobody, new Set())).toEqual(before);
  });

  test("replaces the one somebody took meanwhile, and no other", async () => {
    const before = await present();
    await take(before.etcd);
    const { etcd, ...others } = await choosePorts(before, nobody, new Set());
    const { etcd: oldEtcd, ...oldOthers } = before;
    expect(etcd).not.toBe(oldEtcd);
    expect(others).toEqual(oldOthers);
  });

  test("keeps one that is taken by the cluster's own process", async () => {
    const before = await present();
    await take(before["kube-apiserver"]);
    expect(await choosePorts(before, (name) => name === "kube-apiserver", new Set())).toEqual(before);
  });

  test("is followed by a wait for one whose process is being taken down, and for none that serves", async () => {
    const ports = await present();
    await take(ports["kube-apiserver"]);
    const waitingFor = async (serving: (name: keyof Ports) => boolean): Promise<boolean> => {
      let isOver = false;
      const waiting = awaitReleased(ports, serving).then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      const waited = !isOver;
      for (const server of waited ? servers.splice(0) : []) server.close();
      await waiting;
      return waited;
    };
    expect(await waitingFor((name) => name === "kube-apiserver")).toBe(false);
    expect(await waitingFor(nobody)).toBe(true);
    expect(await isPortFree(ports["kube-apiserver"])).toBe(true);
  });

  test("leaves alone those of clusters that are down", async () => {
    const reserved = new Set(Array.from({ length: 9_900 }, (_, index) => 20_000 + index));
    const ports = await choosePorts(undefined, nobody, reserved);
    for (const port of Object.values(ports)) expect(port).toBeGreaterThanOrEqual(29_900);
  });
});
