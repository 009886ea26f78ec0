import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HostFacts } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { readMarker } from "../../../src/onprem/host/marker.js";
import { restoreSelinuxBooleans } from "../../../src/onprem/host/selinux-boolean.js";
import { claim } from "../../../src/onprem/phases/claim.js";
import { loadBalancer, renderLoadBalancer } from "../../../src/onprem/phases/load-balancer.js";
import type { PhaseTools } from "../../../src/onprem/phases/phase.js";
import { balanced, clusterSpec, hostFacts, hostView, nodeSpec } from "../fixtures.js";
import { localRemote, replaceProgram } from "../local-remote.js";

const node = nodeSpec("cp1");
const view = hostView(node);
const external = clusterSpec({ endpoint: { kind: "external", host: "lb.example.com", port: 6443 } });

describe("its configuration", () => {
  test("has every control plane, in the same order on each", () => {
    const { content } = renderLoadBalancer(hostView(nodeSpec("cp2"))) ?? {};
    expect(content).toMatchSnapshot();
    const turned = { ...view, controlPlanes: [...view.controlPlanes].reverse() };
    expect(renderLoadBalancer(turned)?.content).toBe(content);
  });

  test.each([
    { what: "a worker", of: hostView(nodeSpec("worker1")) },
    { what: "another kind of endpoint", of: { ...view, cluster: external } },
  ])("is nothing for $what", ({ of }) => {
    expect(renderLoadBalancer(of)).toBeUndefined();
    expect(loadBalancer.needed(of)).toBeUndefined();
  });
});

describe("it is needed", () => {
  const why = (over: Partial<HostFacts>) => {
    const facts = balanced(node);
    return loadBalancer.needed({ ...view, facts: hostFacts(node, { ...facts, ...over }) });
  };
  const { files, services } = balanced(node);
  const other = { sha256: "8".repeat(64), mode: 0o644 };

  test.each([
    { what: "no more once it is there", over: {}, reason: undefined },
    {
      what: "on a host that has just joined",
      over: { files: {}, services: {} },
      reason:
        "/etc/haproxy/isokube-ca.crt is missing; /etc/haproxy/haproxy.cfg is missing; haproxy is not known to systemd",
    },
    {
      what: "after another hand",
      over: { files: { ...files, [hostPaths.haproxyConfiguration]: other } },
      reason: "/etc/haproxy/haproxy.cfg has other content",
    },
    {
      what: "where it knows another cluster's servers",
      over: { files: { ...files, [hostPaths.loadBalancerAuthority]: other } },
      reason: "/etc/haproxy/isokube-ca.crt is not the cluster's authority",
    },
    {
      what: "while it is down",
      over: { services: { ...services, haproxy: { active: "failed", enabled: "enabled" } } },
      reason: "haproxy is failed",
    },
  ])("$what", ({ over, reason }) => {
    expect(why(over)).toBe(reason);
  });

  test("when a control plane comes", () => {
    const controlPlanes = [...view.controlPlanes, nodeSpec("cp4")];
    expect(loadBalancer.needed({ ...view, controlPlanes, facts: hostFacts(node, balanced(node)) })).toBe(
      "/etc/haproxy/haproxy.cfg has other content",
    );
  });
});

describe("on a host", () => {
  let root: string;
  let tools: PhaseTools;
  const path = (absolute: string): string => join(root, absolute);
  const read = (absolute: string): string => readFileSync(path(absolute), "utf8");
  const log = (name: string): string[] => (existsSync(path(name)) ? read(name).trim().split("\n") : []);
  const put = (absolute: string, content: string): void => {
    mkdirSync(dirname(path(absolute)), { recursive: true });
    writeFileSync(path(absolute), content);
  };
  const putBack = async () =>
    restoreSelinuxBooleans(tools.remote, (await readMarker(tools.remote))?.restore ?? {}, tools.signal);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "isokube-balancer-"));
    tools = { remote: localRemote(root), signal: new AbortController().signal, report: () => {} };
    replaceProgram(root, "systemctl", `echo "$*" >> '${root}/systemctl'`);
    replaceProgram(root, "haproxy", `grep -q 'server cp3' "$4"`);
    replaceProgram(root, "restorecon", "");
    replaceProgram(root, "selinuxenabled", "exit 1");
    await claim.run(view, tools);
    put(hostPaths.haproxyConfiguration, "the distribution's\n");
    put(`${hostPaths.pki}/ca.crt`, "the authority\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test("it is told of its servers and of the authority, and starts", async () => {
    await loadBalancer.run(view, tools);
    expect(read(hostPaths.haproxyConfiguration)).toBe(renderLoadBalancer(view)?.content);
    expect(read(hostPaths.loadBalancerAuthority)).toBe("the authority\n");
    expect(log("systemctl")).toEqual(expect.arrayContaining(["enable haproxy", "reload-or-restart haproxy"]));
  });

  test("with everything there already it is only started", async () => {
    await loadBalancer.run(view, tools);
    rmSync(path("systemctl"));
    await loadBalancer.run(view, tools);
    expect(log("systemctl")).toContain("start haproxy");
    expect(log("systemctl")).not.toContain("reload-or-restart haproxy");
  });

  test("what it refuses is not left for its next start", async () => {
    replaceProgram(root, "haproxy", "exit 1");
    await expect(loadBalancer.run(view, tools)).rejects.toThrow("exit 1");
    expect(existsSync(path(hostPaths.haproxyConfiguration))).toBe(false);
    expect(log("systemctl")).toEqual([]);
  });

  test("that did not join it has no authority, and nothing is changed", async () => {
    rmSync(path(`${hostPaths.pki}/ca.crt`));
    await expect(loadBalancer.run(view, tools)).rejects.toThrow(
      'onprem.hosts.cp1 = "/etc/kubernetes/pki/ca.crt": the cluster\'s authority is not on the host',
    );
    expect(read(hostPaths.haproxyConfiguration)).toBe("the distribution's\n");
  });

  test("with SELinux it is let to its port, and that is taken back with all else", async () => {
    replaceProgram(root, "selinuxenabled", "exit 0");
    replaceProgram(root, "getsebool", `echo "$1 --> $(cat '${root}/boolean' 2> /dev/null || echo off)"`);
    replaceProgram(root, "setsebool", `echo "$*" >> '${root}/setsebool'; echo "$3" > '${root}/boolean'`);
    await loadBalancer.run(view, tools);
    await loadBalancer.run(view, tools);
    expect(log("setsebool")).toEqual(["-P haproxy_connect_any on"]);
    await putBack();
    expect(log("setsebool")).toEqual(["-P haproxy_connect_any on", "-P haproxy_connect_any off"]);
  });

  test("whose owner had SELinux let it everywhere, that stays", async () => {
    replaceProgram(root, "selinuxenabled", "exit 0");
    replaceProgram(root, "getsebool", 'echo "$1 --> on"');
    replaceProgram(root, "setsebool", `echo "$*" >> '${root}/setsebool'`);
    await loadBalancer.run(view, tools);
    await putBack();
    expect(log("setsebool")).toEqual([]);
  });
});
