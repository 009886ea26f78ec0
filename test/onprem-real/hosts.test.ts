import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImage } from "../support/hosts/image.js";
import {
  compareSnapshots,
  removeAbandonedHosts,
  startHosts,
  type TestHost,
  type TestHosts,
  tracesOfRun,
} from "../support/hosts/index.js";
import { noteMachineSettings, restoreMachineSettings } from "../support/hosts/machine-settings.js";
import { eventually } from "../support/processes.js";

/** Why a connection to the SSH port does not come about; `connected` when it does. */
function knock(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 5000 });
    const done = (what: string): void => {
      socket.destroy();
      resolve(what);
    };
    socket.on("connect", () => done("connected"));
    socket.on("timeout", () => done("ETIMEDOUT"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => done(String(code)));
  });
}

const bootId = (host: TestHost): Promise<string> => host.exec(["cat", "/proc/sys/kernel/random/boot_id"]);

describe("three hosts", () => {
  let hosts: TestHosts;
  beforeAll(async () => {
    hosts = await startHosts({ count: 3 });
  });
  afterAll(async () => {
    await hosts?.close();
    expect(await hosts?.traces()).toEqual([]);
  });

  it("are machines of their own: systemd, name, identity, address, default route", async () => {
    const seen = await Promise.all(
      [...hosts].map(async (host) => ({
        state: (await host.exec(["systemctl", "is-system-running"])).trim(),
        first: (await host.exec(["cat", "/proc/1/comm"])).trim(),
        name: (await host.exec(["hostname"])).trim(),
        machineId: (await host.exec(["cat", "/etc/machine-id"])).trim(),
        bootId: (await bootId(host)).trim(),
        route: (await host.exec(["ip", "route", "show", "default"])).trim(),
        hostKey: host.hostKey,
      })),
    );
    const network = hosts.network.replace(".0/24", "");
    for (const [index, each] of seen.entries()) {
      expect(each).toMatchObject({
        state: "running",
        first: "systemd",
        name: `host${index + 1}`,
        route: `default via ${network}.1 dev eth0`,
        hostKey: expect.stringMatching(/^ssh-ed25519 \S+$/),
      });
    }
    for (const key of ["machineId", "bootId", "hostKey"] as const) {
      expect(new Set(seen.map((each) => each[key])).size, key).toBe(3);
    }
  });

  it("have what kubeadm and an HA endpoint need, as Debian ships it", async () => {
    const host = hosts.get(0);
    const programs =
      "containerd runc ctr ip iptables nft ipset conntrack socat ethtool modprobe sysctl curl keepalived haproxy";
    await host.exec(`for each in ${programs}; do command -v $each || exit 1; done`);
    expect((await host.exec(["systemctl", "is-active", "containerd", "ssh"])).trim()).toBe("active\nactive");
    const units = await host.tryExec(["systemctl", "is-enabled", "keepalived", "haproxy"]);
    expect(units.stdout.trim()).toBe("disabled\ndisabled");
    expect(await host.tryExec(["sh", "-c", "command -v kubelet kubeadm"])).toMatchObject({ stdout: "" });
  });

  it("let the key of the run in over SSH, with sudo, and show the pinned host key only", async () => {
    for (const host of hosts) {
      expect(await host.ssh("id -un; sudo -n id -un; hostname")).toMatchObject({
        stdout: `ops\nroot\n${host.name}\n`,
        code: 0,
      });
      expect(await host.ssh("true", { user: "root" })).toMatchObject({ code: 255 });
    }
    const stranger = await hosts.get(0).ssh("true", { hostKey: hosts.get(1).hostKey });
    expect(stranger.code).toBe(255);
    expect(stranger.stderr).toContain("Host key verification failed");
  });

  it("reach one another", async () => {
    for (const from of hosts) {
      for (const to of hosts) await from.exec(["ping", "-c", "1", "-W", "2", to.address]);
    }
  });

  it("have cgroups of their own, which they may change", async () => {
    const [first, second] = [hosts.get(0), hosts.get(1)];
    await first.exec("for each in cpu memory pids cpuset; do mkdir /sys/fs/cgroup/$each/of-a-test; done");
    expect((await second.tryExec(["ls", "/sys/fs/cgroup/pids/of-a-test"])).code).not.toBe(0);
    // Neither may its systemd find another's services.
    await first.exec(["systemd-run", "--quiet", "--unit", "of-a-test", "sleep", "1000"]);
    expect((await second.tryExec(["ls", "/sys/fs/cgroup/systemd/system.slice/of-a-test.service"])).code).not.toBe(0);
    await first.exec(["systemctl", "stop", "of-a-test"]);
    await first.exec("for each in cpu memory pids cpuset; do rmdir /sys/fs/cgroup/$each/of-a-test; done");
  });

  it("share kernel settings with the machine, which get back what was noted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "isokube-settings-"));
    const setting = (): string => readFileSync("/proc/sys/vm/swappiness", "utf8").trim();
    const before = setting();
    try {
      noteMachineSettings(folder);
      await hosts.get(0).exec(["sysctl", "-q", `vm.swappiness=${Number(before) + 1}`]);
      expect(setting()).not.toBe(before);
      restoreMachineSettings(folder);
      expect(setting()).toBe(before);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("run containers with containerd as it is installed", async () => {
    const host = hosts.get(0);
    const image = join(host.folder, "image.tar");
    // Debian's ldconfig is a static program: it needs nothing from the image.
    await writeImage(image, {
      name: "isokube.test/ldconfig:1",
      files: { ldconfig: "/sbin/ldconfig" },
      entrypoint: ["/ldconfig", "--version"],
    });
    await host.copyIn(image, "/tmp/image.tar");
    await host.exec("ctr --namespace k8s.io images import /tmp/image.tar");
    const said = await host.exec("ctr --namespace k8s.io run --rm isokube.test/ldconfig:1 once");
    expect(said).toContain("ldconfig (");
    expect(await host.exec("ctr --namespace k8s.io containers list --quiet")).toBe("");
  });

  it("are looked at when nobody is on the way in any more", async () => {
    const host = hosts.get(2);
    const before = await host.snapshot();
    const knocking = connect({ host: host.address, port: 22 });
    await once(knocking, "data");
    setTimeout(() => knocking.destroy(), 1_000);
    expect(compareSnapshots(before, await host.snapshot())).toEqual({ added: {}, missing: {} });
  });

  it("tell two moments apart by what was added", async () => {
    const host = hosts.get(2);
    const before = await host.snapshot();
    expect(compareSnapshots(before, await host.snapshot())).toEqual({ added: {}, missing: {} });
    await host.exec(`
      echo x > /etc/left-over; mkdir -p /mnt/left-over; mount -t tmpfs left-over /mnt/left-over
      ip link add left0 type veth peer name left1; nft add table inet left; iptables -A INPUT -s 192.0.2.1 -j DROP
      systemd-run --quiet --unit left-over sleep 1000`);
    const { added, missing } = compareSnapshots(before, await host.snapshot());
    expect(missing).toEqual({});
    expect(Object.keys(added).sort()).toEqual(Object.keys(before).sort());
    expect(added["processes"]).toEqual(["/usr/bin/sleep 1000"]);
    expect(added["mounts"]).toEqual(["left-over /mnt/left-over tmpfs"]);
    expect(added["interfaces"]).toEqual(["link left0", "link left1"]);
    expect(added["files"]).toContain("f 644 2 /etc/left-over");
  });

  it("come back from a reboot: same key and disk, but another boot and an empty network", async () => {
    const host = hosts.get(2);
    const { hostKey } = host;
    const before = await bootId(host);
    await host.reboot();
    expect(await bootId(host)).not.toBe(before);
    expect(host.hostKey).toBe(hostKey);
    expect(await host.ssh("cat /etc/left-over; sudo nft list ruleset; ip -o link | wc -l")).toMatchObject({
      stdout: "x\n2\n",
      code: 0,
    });
  });

  it("die at once, and start again with the same disk", async () => {
    const host = hosts.get(1);
    await host.exec("echo kept > /var/lib/kept; echo kept > /etc/kept; sync");
    await host.kill();
    expect(host.isOn()).toBe(false);
    expect((await host.ssh("true")).code).toBe(255);
    await hosts.get(0).exec(["ping", "-c", "1", "-W", "2", hosts.get(2).address]);
    await host.start();
    expect(await host.ssh("cat /var/lib/kept /etc/kept")).toMatchObject({ stdout: "kept\nkept\n", code: 0 });
  });

  // The kernel keeps the network of processes that it has killed, until their connections have ended.
  it("say nothing any more once they are dead, neither to who was connected nor to who asks", async () => {
    const host = hosts.get(1);
    // Does not read: what the host has sent cannot be acknowledged to the end.
    const server = createServer({ pauseOnConnect: true }).listen(0, hosts.network.replace(".0/24", ".1"));
    const connected = new Promise<Socket>((resolve) => server.once("connection", resolve));
    try {
      await once(server, "listening");
      const { address, port } = server.address() as AddressInfo;
      await host.exec(
        `systemd-run --quiet --unit sender bash -c 'exec 3<>/dev/tcp/${address}/${port}; cat /dev/zero >&3'`,
      );
      const socket = await connected;
      const heard: string[] = [];
      for (const event of ["end", "error", "close"]) socket.on(event, () => heard.push(event));
      await eventually("the sender can send no more", async () => {
        const [, queued] = (await host.exec(["ss", "-Htn", "dst", `${address}:${port}`])).trim().split(/\s+/).slice(1);
        return Number(queued) > 0 ? true : undefined;
      });
      await host.kill();
      expect(await knock(host.address)).toMatch(/^(ETIMEDOUT|EHOSTUNREACH)$/);
      expect(heard).toEqual([]);
      socket.destroy();
    } finally {
      server.close();
      if (!host.isOn()) await host.start();
    }
  });

  it("shut down in order, and start again", async () => {
    const host = hosts.get(1);
    await host.powerOff();
    expect(host.isOn()).toBe(false);
    expect(() => host.tryExec("true")).toThrow("host2 is off");
    await host.start();
    expect((await host.ssh("true")).code).toBe(0);
  });

  it("lose their network and get it back, also over a reboot without it", async () => {
    const host = hosts.get(0);
    await host.cutNetwork();
    expect((await host.ssh("true")).stderr).toMatch(/timed out|No route to host/);
    expect((await hosts.get(1).tryExec(["ping", "-c", "1", "-W", "1", host.address])).code).not.toBe(0);
    await host.exec(["ping", "-c", "1", "-W", "1", "127.0.0.1"]);
    await host.reboot();
    expect((await host.tryExec(["ping", "-c", "1", "-W", "1", hosts.get(1).address])).code).not.toBe(0);
    await host.restoreNetwork();
    await eventually("SSH is back", async () => ((await host.ssh("true")).code === 0 ? true : undefined));
  });

  it("run out of disk and get room again", async () => {
    const host = hosts.get(0);
    const free = await host.fillDisk();
    for (const place of ["/etc/x", "/var/lib/x", "/usr/local/bin/x"]) {
      expect((await host.tryExec(`head -c 100000 /dev/zero > ${place}`)).stderr).toContain("No space left");
    }
    await free();
    await host.exec("head -c 100000 /dev/zero > /var/lib/x");
  });

  it("are somebody else after they were installed anew, at the same address", async () => {
    const host = hosts.get(1);
    const { hostKey, address } = host;
    const machineId = await host.exec(["cat", "/etc/machine-id"]);
    await host.reimage();
    expect(host.address).toBe(address);
    expect(host.hostKey).not.toBe(hostKey);
    expect(await host.exec(["cat", "/etc/machine-id"])).not.toBe(machineId);
    expect((await host.ssh("true", { hostKey })).stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(await host.ssh("ls /var/lib/kept")).toMatchObject({ code: 2 });
  });
});

describe("a host whose administrator gives a password to sudo", () => {
  it("asks ops for it; root's own login is a choice", async () => {
    const hosts = await startHosts({ count: 1, sudo: "password", rootLogin: true, names: ["locked"] });
    try {
      const host = hosts.get("locked");
      expect((await host.ssh("sudo -n true")).code).toBe(1);
      expect((await host.ssh("sudo -S -p '' true", { input: "wrong\n" })).code).toBe(1);
      expect(await host.ssh("sudo -S -p '' id -un", { input: `${host.password}\n` })).toMatchObject({
        stdout: "root\n",
      });
      expect(await host.ssh("id -un", { user: "root" })).toMatchObject({ stdout: "root\n", code: 0 });
    } finally {
      await hosts.close();
    }
  });
});

describe("a test process that is killed", () => {
  it("leaves hosts that the next one removes, and no other run's", async () => {
    const others = await startHosts({ count: 1 });
    try {
      const program = join(import.meta.dirname, "../support/hosts/up.mjs");
      const victim = spawn(process.execPath, [program, "1"], { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      victim.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      const run = await eventually(
        "the other process has its host",
        () => Promise.resolve(/on 10\.89\.(\d+)\.0\/24/.exec(output)?.[1]),
        { timeoutSeconds: 90, seen: () => output },
      );
      victim.kill("SIGKILL");
      await eventually("it is gone", () => Promise.resolve(victim.signalCode ?? undefined));
      const left = (await tracesOfRun(`iso${run}`)).join("\n");
      for (const kind of ["process", "control group", "network namespace", "link", "loop device", "folder"]) {
        expect(left).toContain(kind);
      }
      expect(await removeAbandonedHosts()).toEqual([`iso${run}`]);
      expect(await tracesOfRun(`iso${run}`)).toEqual([]);
      expect((await others.get(0).ssh("true")).code).toBe(0);
    } finally {
      await others.close();
    }
    expect(await others.traces()).toEqual([]);
  });
});
