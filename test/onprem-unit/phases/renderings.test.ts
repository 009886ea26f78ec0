import { describe, expect, test } from "vitest";
import { pauseImage } from "../../../src/onprem/artifacts/pause-image.js";
import {
  parseContainerdVersion,
  renderContainerdConfiguration,
} from "../../../src/onprem/phases/containerd-configuration.js";
import { renderAuditPolicy } from "../../../src/onprem/phases/control-plane-files.js";
import { renderModulesFile, renderSysctlFile } from "../../../src/onprem/phases/kernel.js";
import { renderKubeletService } from "../../../src/onprem/phases/kubelet-service.js";
import { renderVirtualAddress } from "../../../src/onprem/phases/virtual-address.js";
import { artifacts, clusterSpec, distro, hostFacts, hostSettings, hostView, nodeSpec } from "../fixtures.js";

describe("containerd's configuration", () => {
  test.each(["1.6", "2.0", "2.1"])("of %s", (release) => {
    const [major = 0, minor = 0] = release.split(".").map(Number);
    expect(renderContainerdConfiguration(hostView(nodeSpec("cp1")), { major, minor }).content).toMatchSnapshot();
  });

  test("is the same for 1.6 and 1.7, and for 2.1 and what follows", () => {
    const of = (major: number, minor: number) =>
      renderContainerdConfiguration(hostView(nodeSpec("cp1")), { major, minor }).content;
    expect(of(1, 7)).toBe(of(1, 6));
    expect(of(2, 3)).toBe(of(2, 1));
    expect(of(3, 0)).toBe(of(2, 1));
  });

  test("follows the host's settings", () => {
    const settings = { ...hostSettings, cgroupDriver: "cgroupfs", restrictOomScoreAdj: true } as const;
    const cluster = clusterSpec({ hostSettings: settings });
    const { content } = renderContainerdConfiguration({ cluster, artifacts }, { major: 1, minor: 6 });
    expect(content).toContain("SystemdCgroup = false");
    expect(content).toContain("restrict_oom_score_adj = true");
  });

  test.each([
    ["1.6.20~ds1-1+b1", { major: 1, minor: 6 }],
    ["1.7.27-3.1.el9", { major: 1, minor: 7 }],
    ["1:1.7.28-0ubuntu1~24.04.1", { major: 1, minor: 7 }],
    ["2.1.4-1~debian.12~bookworm", { major: 2, minor: 1 }],
    ["v2.0.5", { major: 2, minor: 0 }],
    ["unknown", undefined],
    ["", undefined],
  ])("is chosen by the version %j", (text, version) => {
    expect(parseContainerdVersion(text)).toEqual(version);
  });
});

describe("the image that holds a pod's namespaces", () => {
  test.each([
    { what: "is the bundle's", of: artifacts, image: "registry.k8s.io/pause:3.10.1" },
    {
      what: "is kubeadm's of the release",
      of: { ...artifacts, imageArchives: [], kubernetesVersion: "1.36.1" },
      image: "registry.k8s.io/pause:3.10.2",
    },
  ])("$what", ({ of, image }) => {
    expect(pauseImage(of)).toBe(image);
  });
});

test("kubelet's unit and what kubeadm expects beside it", () => {
  expect(renderKubeletService({ distro })).toMatchSnapshot();
});

test("the audit policy", () => {
  expect(renderAuditPolicy().content).toMatchSnapshot();
});

describe("the virtual address", () => {
  test("of the second of three control planes", () => {
    expect(renderVirtualAddress(hostView(nodeSpec("cp2")))).toMatchSnapshot();
  });

  test("of the only one names no peers", () => {
    const view = hostView(nodeSpec("cp1"), { controlPlanes: [nodeSpec("cp1")] });
    expect(renderVirtualAddress(view)[1]?.content).not.toContain("unicast_peer");
  });

  test.each([
    { what: "a worker", view: hostView(nodeSpec("worker1")) },
    {
      what: "another kind of endpoint",
      view: hostView(nodeSpec("cp1"), {
        cluster: clusterSpec({ endpoint: { kind: "external", host: "lb.example.com", port: 6443 } }),
      }),
    },
  ])("is nothing for $what", ({ view }) => {
    expect(renderVirtualAddress(view)).toEqual([]);
  });

  test("goes to the interface of the node's own address", () => {
    const node = nodeSpec("cp1");
    const facts = hostFacts(node, {
      addresses: [
        { interface: "eth0", address: "192.0.2.7", prefix: 24 },
        { interface: "bond0.12", address: node.host.address, prefix: 24 },
      ],
    });
    expect(renderVirtualAddress(hostView(node, { facts }))[1]?.content).toContain("10.1.0.100/32 dev bond0.12");
  });

  test("has no place on a host that lacks the node's address", () => {
    const node = nodeSpec("cp1");
    const facts = hostFacts(node, { addresses: [{ interface: "eth0", address: "192.0.2.7", prefix: 24 }] });
    expect(() => renderVirtualAddress(hostView(node, { facts }))).toThrow(
      'onprem.hosts.cp1.address = "10.1.0.1": no interface of the host has this address',
    );
  });
});

describe("kernel settings for the next boot", () => {
  test("name only what isokube itself changed", () => {
    const restore = { "sysctl net.ipv4.ip_forward": "0", "module br_netfilter": "absent", "file /etc/none": "" };
    expect(renderSysctlFile(restore)?.content).toMatch(/^#.*\nnet\.ipv4\.ip_forward = 1\n$/);
    expect(renderModulesFile(restore)?.content).toMatch(/^#.*\nbr_netfilter\n$/);
  });

  test("are no files where nothing was changed", () => {
    expect([renderSysctlFile({}), renderModulesFile({})]).toEqual([undefined, undefined]);
  });
});
