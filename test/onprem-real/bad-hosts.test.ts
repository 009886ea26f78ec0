import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fingerprintOf } from "../../src/onprem/transport/host-keys.js";
import { Engine } from "../support/engine.js";
import { ensureBundle } from "../support/hosts/bundle.js";
import { type HostSnapshot, startHosts, type TestHost, type TestHosts } from "../support/hosts/index.js";
import { expectUnchanged, snapshotsOf } from "../support/hosts/shop.js";
import { onpremConfig } from "../support/hosts/stack.js";

/*
 * What can be wrong with hosts, on hosts: each is one clear problem of the preview, and nothing is changed. All of it is
 * real but two things, which hosts that share a kernel cannot have for themselves: the clock (a `date` before the real
 * one on PATH, which is where the look at a host gets the time from) and swap (a table that is mounted over the
 * kernel's). What the kernel shows of cgroups is the machine's own: version 1 here, which other tests allow and this one
 * does not.
 */

const program = `
import { Cluster, clusterArgsFromConfig } from "isokube";
export const report = new Cluster("shop", clusterArgsFromConfig()).report;
`;
const names = ["cp1", "cp2", "cp3"] as const;
const variable = "ISOKUBE_TEST_SUDO";
const patient = { timeout: 120_000 };

type Block = Readonly<Record<string, unknown>> & {
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly hostSettings: Readonly<Record<string, unknown>>;
};

let hosts: TestHosts;
let engine: Engine;
let good: Readonly<Record<string, unknown>>;
let block: Block;
let before: ReadonlyMap<string, HostSnapshot>;

const nodes = (): TestHost[] => names.map((name) => hosts.get(name));

beforeAll(async () => {
  const { folder } = await ensureBundle("1.35");
  hosts = await startHosts({ count: 4, names: [...names, "stranger"], sudo: "password" });
  good = onpremConfig(hosts, folder, names);
  const whole = good["isokube:onprem"] as Block;
  const { stranger: _, ...ours } = whole.hosts;
  block = { ...whole, hosts: ours, sudo: { mode: "password", passwordVariable: variable } };
  engine = await Engine.create({ program, config: { ...good, "isokube:onprem": block } });
  // Nothing is wrong yet; and sudo has greeted its user, which it notes on the disk.
  expect(await preview()).toMatchObject({ exitCode: 0 });
  before = await snapshotsOf(hosts);
}, 900_000);
afterAll(async () => {
  await engine?.close();
  await hosts?.close();
}, 120_000);

interface Change {
  readonly onprem?: Readonly<Record<string, unknown>>;
  readonly password?: string;
}

async function preview({ onprem = {}, password = hosts.get(0).password }: Change = {}) {
  await engine.setConfig({ ...good, "isokube:onprem": { ...block, ...onprem } });
  const { exitCode, output } = await engine.preview({ mayFail: true, env: { [variable]: password } });
  const [told = "", ...rest] = output.split(/(?=cluster shop: \d+ problems?; )/).slice(1);
  // Pulumi shows an error where it happens and again at the end.
  const problems = (rest.at(-1) ?? told).split("\n").flatMap((line) => /^ +(onprem\..*)$/.exec(line)?.[1] ?? []);
  return { exitCode, output, problems };
}

/** One problem for each of some hosts, or of the endpoint, and nothing else. */
async function expectProblems(change: Change, ...expected: readonly RegExp[]): Promise<void> {
  const { exitCode, output, problems } = await preview(change);
  expect(exitCode, output).not.toBe(0);
  expect(output).toContain("nothing was changed on any host");
  expect(problems, output).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
}

const fingerprint = (key: string): string => fingerprintOf(Buffer.from(key.split(" ")[1] ?? "", "base64"));

test("a wrong password for sudo", patient, async () => {
  const wrong = names.map(
    (name) =>
      new RegExp(
        `^onprem\\.hosts\\.${name} = "10\\..*may not become root by sudo.*Fix: check the password in ${variable}`,
      ),
  );
  await expectProblems({ password: "not-the-password" }, ...wrong);
});

test("a full disk", patient, async () => {
  const empty = await hosts.get("cp2").fillDisk();
  await expectProblems({}, /^onprem\.hosts\.cp2 = "\/.*": 0\.0 GiB of .* are free, .* Fix: make room/);
  await empty();
});

test("a machine id that two hosts have", patient, async () => {
  const [first, second] = [hosts.get("cp1"), hosts.get("cp2")];
  const own = await second.exec(["cat", "/etc/machine-id"]);
  const twice = (await first.exec(["cat", "/etc/machine-id"])).trim();
  const write = (id: string) => second.exec("cat > /etc/machine-id", { input: id });
  await write(`${twice}\n`);
  await expectProblems(
    {},
    new RegExp(`^onprem\\.hosts\\.cp2 = "${twice}": cp1 has the same machine id.*Fix: .*systemd-machine-id-setup`),
  );
  await write(own);
});

test("a port in use", patient, async () => {
  const host = hosts.get("cp3");
  await host.exec(["systemd-run", "--unit=squatter", "socat", "TCP-LISTEN:10250,fork,reuseaddr", "EXEC:true"]);
  await expectProblems({}, /^onprem\.hosts\.cp3 = 10250: socat listens on it, and kubelet needs it\. Fix: stop that/);
  await host.exec(["systemctl", "stop", "squatter"]);
});

test("a virtual address that another machine has", patient, async () => {
  const { address } = hosts.get("stranger");
  await expectProblems(
    { onprem: { endpoint: { vip: address } } },
    new RegExp(
      `^onprem\\.endpoint\\.vip = "${address}": a machine that is none of the hosts answers at it\\. Fix: choose`,
    ),
  );
});

test("cgroup v1, where nothing says that kubelet may start with it", patient, async () => {
  const found = names.map(
    (name) => new RegExp(`^onprem\\.hosts\\.${name} = 1: the host uses cgroup v1, .* Fix: boot with`),
  );
  await expectProblems({ onprem: { hostSettings: { ...block.hostSettings, failCgroupV1: true } } }, ...found);
});

test("a clock that is ten minutes off (simulated)", patient, async () => {
  const host = hosts.get("cp2");
  const shim = join(engine.directory, "date");
  writeFileSync(shim, '#!/bin/sh\nexec /usr/bin/date --date="+10 minutes" "$@"\n', { mode: 0o755 });
  await host.copyIn(shim, "/usr/local/sbin/date");
  await expectProblems(
    {},
    /^onprem\.hosts\.cp2 = "(10 min|9 min 5\d s).*ahead of this machine's\. Fix: let the host keep its time/,
  );
  await host.exec(["rm", "/usr/local/sbin/date"]);
});

test("swap (simulated), where nothing says that kubelet may start with it", patient, async () => {
  const host = hosts.get("cp1");
  await host.exec(`printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n/dev/sda2\\tpartition\\t999420\\t0\\t-2\\n' > /run/swaps
    mount --bind /run/swaps /proc/swaps`);
  const hostSettings = { ...block.hostSettings, failSwapOn: true };
  await expectProblems(
    { onprem: { hostSettings } },
    /^onprem\.hosts\.cp1 = "\/dev\/sda2": the host uses swap, .* Fix: run `swapoff -a` .*failSwapOn to false/,
  );
  // With the setting that the fix names there is nothing against the host.
  expect(await preview()).toMatchObject({ exitCode: 0 });
  await host.exec("umount /proc/swaps && rm /run/swaps");
});

test("a host key that changed is refused, with both fingerprints", patient, async () => {
  const host = hosts.get("cp1");
  const file = "/etc/ssh/ssh_host_ed25519_key";
  await host.exec(`cp -p ${file} /run/key && cp -p ${file}.pub /run/key.pub && rm ${file} &&
    ssh-keygen -q -t ed25519 -N '' -f ${file} && systemctl restart ssh`);
  const offered = fingerprint(await host.exec(["cat", `${file}.pub`]));
  await expectProblems({}, refusedKey("cp1", offered, fingerprint(host.hostKey)));
  await host.exec(`mv /run/key ${file} && mv /run/key.pub ${file}.pub && systemctl restart ssh`);
});

test("none of these changed anything on any host", patient, async () => {
  // All of it was taken back; so this also tells that the hosts are good again.
  expect(await preview()).toMatchObject({ exitCode: 0 });
  await expectUnchanged(hosts.all, before);
});

test("a host that was installed anew at the same address is another one until somebody says so", patient, async () => {
  const host = hosts.get("cp3");
  const known = host.hostKey;
  await host.reimage();
  await expectProblems({}, refusedKey("cp3", fingerprint(host.hostKey), fingerprint(known)));
  const fresh = { ...block.hosts, cp3: { ...block.hosts["cp3"], hostKey: host.hostKey } };
  expect(await preview({ onprem: { hosts: fresh } })).toMatchObject({ exitCode: 0 });
  for (const each of nodes()) expect(await each.exec("ls -d /etc/isokube 2> /dev/null || echo none")).toBe("none\n");
});

function refusedKey(name: string, offered: string, expected: string): RegExp {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return new RegExp(
    `^onprem\\.hosts\\.${name} = "10\\..*the host offers ${literal(offered)} .* has ${literal(expected)}\\..*Fix: `,
  );
}
