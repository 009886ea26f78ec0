import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../src/onprem/facts/parse.js";
import { makeCertificate } from "../../support/certificate.js";
import { framed, plainReport } from "./fixtures.js";

const trip = { sentSeconds: 1_750_000_000, receivedSeconds: 1_750_000_000.4 };
const watched = { services: ["containerd", "kubelet"] };
const parse = (changes: Readonly<Record<string, string>> = {}) => {
  const { begun = "", ended = "", ...rest } = { ...plainReport, ...changes };
  return parseFacts(framed({ begun, ...rest, ended }), watched, trip);
};

describe("a whole report", () => {
  it("becomes facts", () => {
    expect(parse()).toEqual({
      problems: [],
      facts: {
        os: { id: "debian", idLike: [], versionId: "12", name: "Debian GNU/Linux 12 (bookworm)" },
        arch: "amd64",
        kernel: "6.1.0-37-amd64",
        hostname: "host1",
        machineId: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        productUuid: "4c4c4544-0042-3510-8051-b4c04f4a5931",
        systemd: "running",
        cgroupVersion: 2,
        cpus: 4,
        memoryBytes: 16305912 * 1024,
        swap: ["/dev/sda2"],
        time: 1_750_000_000.25,
        clockOffsetSeconds: expect.closeTo(0.3, 6),
        disks: { "/": { freeBytes: 4_096_000, totalBytes: 8_192_000 } },
        listening: [
          { address: "0.0.0.0", port: 22, program: "sshd" },
          { address: "127.0.0.53", port: 53, program: "systemd-resolve" },
          { address: "::", port: 6443, program: "" },
          { address: "*", port: 10250, program: "" },
        ],
        addresses: [
          { interface: "lo", address: "127.0.0.1", prefix: 8 },
          { interface: "eth0", address: "10.0.0.5", prefix: 24 },
          { interface: "eth0", address: "fe80::1", prefix: 64 },
        ],
        defaultInterface: "eth0",
        sysctls: { "net.ipv4.ip_forward": "1" },
        packages: { curl: "7.88.1" },
        services: { containerd: { active: "active", enabled: "enabled" } },
        files: {
          "/etc/hosts": { sha256: "a".repeat(64), mode: 0o644 },
          "/usr/bin/a name": { sha256: "b".repeat(64), mode: 0o4755 },
        },
        certificates: {},
        images: ["registry.k8s.io/pause:3.10"],
        marker: undefined,
        caHash: undefined,
        hasEtcdData: false,
        features: {},
      },
    });
  });

  it.each([
    [
      "Ubuntu",
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
      { id: "ubuntu", idLike: ["debian"], versionId: "24.04", name: "ubuntu" },
    ],
    [
      "Rocky",
      'ID=\'rocky\'\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky \\"9\\""\n',
      { id: "rocky", idLike: ["rhel", "centos", "fedora"], versionId: "", name: 'Rocky "9"' },
    ],
  ])("names %s", (_name, release, os) => expect(parse({ "os-release": release }).facts.os).toEqual(os));

  it("falls back to the kernel's sockets where there is no ss", () => {
    const { listening: _gone, ended = "", ...rest } = plainReport;
    const sockets = [
      "  sl  local_address rem_address   st tx_queue rx_queue",
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1",
      "   1: 0500000A:0016 0600000A:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1",
      "   0: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 3 1",
    ].join("\n");
    expect(parseFacts(framed({ ...rest, sockets, ended }), watched, trip).facts.listening).toEqual([
      { address: "127.0.0.1", port: 8080, program: "" },
      { address: "::", port: 6443, program: "" },
    ]);
  });

  it("tells when certificates end, and pins the authority as kubeadm does", () => {
    const { pem, pin } = makeCertificate(10);
    const { facts, problems } = parse({
      "certificate /etc/kubernetes/pki/ca.crt": pem,
      "kubeconfig /etc/kubernetes/admin.conf": `${Buffer.from(pem).toString("base64")}\n`,
      "kubeconfig /etc/kubernetes/kubelet.conf": "",
    });
    expect(problems).toEqual([]);
    expect(facts.caHash).toBe(pin);
    expect(Object.keys(facts.certificates)).toEqual(["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/admin.conf"]);
    for (const end of Object.values(facts.certificates)) expect(end - Date.now() / 1000).toBeCloseTo(10 * 86_400, -3);
  });

  it("reads what isokube wrote about the host", () => {
    const marker = {
      formatVersion: 1,
      cluster: "shop",
      node: "host1",
      role: "worker",
      state: "member",
      kubernetesVersion: "1.35.3",
      restore: { "sysctl net.ipv4.ip_forward": "0" },
      manifests: {},
    } as const;
    expect(parse({ marker: JSON.stringify(marker) })).toMatchObject({ problems: [], facts: { marker } });
  });
});

describe("a report that cannot be relied on", () => {
  it.each([
    ["a marker that is cut off", { marker: '{"formatVersion":1,' }, "marker"],
    ["a marker of another format", { marker: '{"formatVersion":2}' }, "marker.formatVersion"],
    ["a certificate that is none", { "certificate /x.crt": "nonsense" }, "certificates[/x.crt]"],
    ["no distribution", { "os-release": "" }, "os.id"],
    ["no machine id", { "machine-id": "" }, "machineId"],
    ["no memory", { meminfo: "" }, "memory"],
    ["a disk without room", { "disk /": "" }, "disks[/]"],
    ["half of the services", { services: "LoadState=loaded\n" }, "services"],
    ["addresses that are no JSON", { addresses: "[{" }, "addresses"],
    ["a clock that is none", { begun: "now" }, "begun"],
  ])("has a problem for %s", (_what, changes, path) => {
    expect(parse(changes).problems.map((problem) => problem.path)).toContain(path);
  });

  it("has a problem when it is cut off anywhere", () => {
    const whole = framed(plainReport);
    for (let length = 0; length < whole.length; length += 7) {
      expect(parseFacts(whole.slice(0, length), watched, trip).problems).not.toEqual([]);
    }
  });

  it("never throws, whatever the host writes", () => {
    const key = fc.oneof(
      fc.constantFrom(...Object.keys(plainReport), "certificate /a", "kubeconfig /b", "package x"),
      fc.string(),
    );
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constantFrom(...Object.values(plainReport)));
    const report = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.tuple(key, value)).map((pairs) => framed({ ...plainReport, ...Object.fromEntries(pairs) })),
      fc.array(fc.tuple(key, value)).map((pairs) => pairs.flat().join("\0")),
    );
    fc.assert(
      fc.property(report, (output) => {
        const { problems } = parseFacts(output, watched, trip);
        for (const problem of problems)
          expect(problem).toMatchObject({ code: expect.any(String), fix: expect.any(String) });
      }),
      { numRuns: 300 },
    );
  });
});
