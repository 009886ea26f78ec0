import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { distroOf, distros } from "../../../src/onprem/distro/distro-of.js";

const os = (id: string, idLike: readonly string[] = []) => ({ os: { id, idLike, versionId: "", name: id } });

it.each([
  ["debian", [], "Debian and Ubuntu"],
  ["ubuntu", ["debian"], "Debian and Ubuntu"],
  ["linuxmint", ["ubuntu", "debian"], "Debian and Ubuntu"],
  ["rhel", ["fedora"], "RHEL, Rocky, Alma, CentOS Stream and Fedora"],
  ["rocky", ["rhel", "centos", "fedora"], "RHEL, Rocky, Alma, CentOS Stream and Fedora"],
  ["almalinux", ["rhel", "centos", "fedora"], "RHEL, Rocky, Alma, CentOS Stream and Fedora"],
  ["centos", ["rhel", "fedora"], "RHEL, Rocky, Alma, CentOS Stream and Fedora"],
  ["fedora", [], "RHEL, Rocky, Alma, CentOS Stream and Fedora"],
  ["alpine", [], undefined],
  ["arch", [], undefined],
])("%s like %j is of the family %s", (id, idLike, name) => {
  expect(distroOf(os(id, idLike))?.name).toBe(name);
});

describe.each(distros.map((distro) => [distro.name, distro] as const))("%s", (_name, distro) => {
  it("hands package names to the installer as arguments, not as text", () => {
    const script = distro.installPackages(["curl", "ethtool"]);
    expect(script.args).toEqual(["curl", "ethtool"]);
    expect(script.text).not.toContain("ethtool");
    expect(() => execFileSync("/bin/sh", ["-n", "-c", script.text])).not.toThrow();
  });

  it("installs what a node needs to run pods and to be looked at", () => {
    expect(distro.packages.node).toEqual(expect.arrayContaining(["containerd", "curl", "ethtool", "ipset", "socat"]));
    expect(distro.packages.virtualAddress).toEqual(["haproxy", "keepalived"]);
  });
});
