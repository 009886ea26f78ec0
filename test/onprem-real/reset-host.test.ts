import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resetHost } from "../../src/onprem/cluster/reset-host.js";
import { SshConnector } from "../../src/onprem/transport/connector.js";
import { nodeSpec } from "../onprem-unit/fixtures.js";
import { quoted } from "../support/hosts/commands.js";
import { compareSnapshots, startHosts, type TestHosts } from "../support/hosts/index.js";
import { eventually } from "../support/processes.js";

describe("a host that is reset", () => {
  let hosts: TestHosts;
  let connector: SshConnector;
  let reset: () => Promise<void>;
  beforeAll(async () => {
    hosts = await startHosts({ count: 1 });
    connector = new SshConnector({ maxConnections: 1 });
    const { address, user, privateKeyFile, hostKey } = hosts.get(0);
    const { name, host } = nodeSpec("worker1");
    const target = { name, host: { ...host, address, ssh: { ...host.ssh, user, privateKeyFile, hostKey } } };
    reset = () => connector.use(target, (remote) => resetHost(remote, AbortSignal.timeout(200_000), "whole"));
  }, 300_000);
  afterAll(async () => {
    await connector?.close();
    await hosts?.close();
  }, 60_000);

  it("is as before also when a pod was still being made meanwhile", { timeout: 120_000 }, async () => {
    const host = hosts.get(0);
    const before = await host.snapshot();
    // What containerd does for a kubelet's last wish, when that has been stopped already.
    const pod = `ip link add kube-bridge type bridge; ip link add veth7 type veth peer name eth0-pod
      ip link set veth7 master kube-bridge; touch /run/netns/cni-7; iptables -t nat -N CNI-7
      mkdir -p /var/lib/kubelet/pods/7; mountpoint -q /var/lib/kubelet/pods/7 || mount -t tmpfs pod /var/lib/kubelet/pods/7`;
    const forAWhile = `end=$(($(date +%s) + 5)); while [ "$(date +%s)" -lt "$end" ]; do ${pod}; done 2> /dev/null`;
    await host.exec(`mkdir -p /run/netns; systemd-run --quiet --unit late-pod sh -c ${quoted(forAWhile)}`);
    await eventually("a pod is being made", async () => {
      const { code } = await host.tryExec("ip link show kube-bridge");
      return code === 0 ? true : undefined;
    });
    await reset();
    // It makes the folder of its networks when it starts, as it does where a host is given back.
    await host.exec("systemctl restart containerd");
    expect(compareSnapshots(before, await host.snapshot())).toEqual({ added: {}, missing: {} });
  });

  it("and keeps something of the cluster is an error that names it; the next time goes on", {
    timeout: 200_000,
  }, async () => {
    const host = hosts.get(0);
    const held = "/var/lib/etcd/member/wal";
    await host.exec(`mkdir -p /var/lib/etcd/member && touch ${held} && mount --bind ${held} ${held}`);
    await expect(reset()).rejects.toThrow(
      "worker1: reset, but the host still has of the cluster: file /var/lib/etcd; " +
        `rm: cannot remove '${held}': Device or resource busy. Look what holds it`,
    );
    await host.exec(`umount ${held}`);
    await reset();
    expect((await host.tryExec("test -e /var/lib/etcd")).code).toBe(1);
  });

  it("keeps an empty disk that was mounted for the cluster", { timeout: 120_000 }, async () => {
    const host = hosts.get(0);
    await host.exec("mkdir -p /var/lib/etcd && mount -t tmpfs own-disk /var/lib/etcd && mkdir /var/lib/etcd/member");
    await reset();
    expect(await host.exec("ls -A /var/lib/etcd; findmnt -n -o SOURCE /var/lib/etcd")).toBe("own-disk\n");
    await host.exec("umount /var/lib/etcd && rmdir /var/lib/etcd");
  });
});
