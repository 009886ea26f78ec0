import type { Remote, RemoteResult, RemoteScript } from "../../../src/onprem/remote.js";

/** A report as a host's script frames it. */
export function framed(facts: Readonly<Record<string, string>>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key}\0${value}\0`)
    .join("");
}

/** What a plain Debian host reports. */
export const plainReport: Readonly<Record<string, string>> = {
  begun: "1750000000.250000000",
  "os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
  uname: "host1 6.1.0-37-amd64 x86_64",
  "machine-id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  "product-uuid": "4C4C4544-0042-3510-8051-B4C04F4A5931",
  systemd: "running\n",
  cgroup: "2",
  cpus: "4",
  meminfo: "MemTotal:       16305912 kB\n",
  swaps:
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2                               partition\t999420\t\t0\t\t-2\n",
  addresses: JSON.stringify([
    { ifname: "lo", addr_info: [{ family: "inet", local: "127.0.0.1", prefixlen: 8 }] },
    {
      ifname: "eth0",
      addr_info: [
        { family: "inet", local: "10.0.0.5", prefixlen: 24 },
        { family: "inet6", local: "fe80::1", prefixlen: 64 },
      ],
    },
    { ifname: "docker0" },
  ]),
  routes: JSON.stringify([
    { dst: "default", dev: "wlan0", metric: 600 },
    { dst: "default", gateway: "10.0.0.1", dev: "eth0", metric: 100 },
  ]),
  listening:
    'LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=1,fd=3))\n' +
    'LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=2,fd=14))\n' +
    "LISTEN 0      4096            [::]:6443         [::]:*\n" +
    "LISTEN 0      4096               *:10250           *:*\n",
  marker: "",
  "etcd-data": "no",
  "disk /": "4096 1000 2000",
  "sysctl net.ipv4.ip_forward": "1",
  modes: "644 /etc/hosts\n4755 /usr/bin/a name\n600 /etc/vanished\n",
  digests: `${"a".repeat(64)}  /etc/hosts\n${"b".repeat(64)}  /usr/bin/a name\n`,
  services:
    "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n",
  packages: "curl\tinstalled\t7.88.1\ncontainerd\tconfig-files\t1.6.20\nrunc\tnot-installed\t\n",
  images: "registry.k8s.io/pause:3.10\nsha256:0123\n",
  ended: "1750000000.750000000",
};

/** A host that answers one script after the other. */
export function remoteThat(answers: readonly string[]): { remote: Remote; asked: RemoteScript[] } {
  const asked: RemoteScript[] = [];
  const run = async (script: RemoteScript): Promise<RemoteResult> => {
    const stdout = answers[asked.length] ?? "";
    asked.push(script);
    return { exitCode: 0, stdout, stderr: "" };
  };
  const refuse = async (): Promise<never> => {
    throw new Error("nothing but scripts is used");
  };
  const remote = {
    name: "cp1",
    run,
    runUnit: refuse,
    readFile: refuse,
    writeFile: refuse,
    upload: refuse,
    close: refuse,
  };
  return { remote, asked };
}
