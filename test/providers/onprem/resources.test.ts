import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import type { OnpremOptions } from "../../../src/providers/contract.js";
import { onpremProvider } from "../../../src/providers/onprem/index.js";
import { known, type Mock, one, runUnderMocks, shortId } from "../mock-graph.js";
import { alone, bundled, full, fullArgs, specOf } from "./samples.js";

const answers = {
  outputsOf: ({ type }: Mock): Record<string, unknown> =>
    type === "isokube:onprem:ControlPlane"
      ? {
          kubeconfig: "kind: Config\ncontexts:\n- name: admin@shop\n",
          endpoint: "https://10.89.0.11:6443",
          version: "1.35.3",
          clusterId: "id",
          caHash: "ca",
        }
      : {},
  invoke: () => ({}),
};

async function provision(args: ClusterArgs) {
  const { made, resources } = await runUnderMocks(answers, (parent) =>
    onpremProvider.provision({ name: "shop", spec: specOf(args), parent }),
  );
  return { cluster: made, resources };
}

const single = (change: Partial<OnpremOptions> = {}): ClusterArgs => ({
  target: "onprem",
  onprem: { ...alone, ...change },
});

interface Node {
  readonly name: string;
  readonly pool: string;
  readonly labels: object;
  readonly taints: object;
  readonly needs?: object;
  readonly host: { readonly address: string; readonly ssh: Record<string, unknown>; readonly sudo: object };
}

describe("a cluster on hosts of one's own", () => {
  test("is one resource for all control planes and one for each worker", async () => {
    const { resources } = await provision(fullArgs);
    expect(resources.map(shortId)).toEqual([
      "ControlPlane shop",
      "Worker shop-w-1",
      "Worker shop-w-2",
      "Worker shop-w-3",
    ]);
    for (const id of ["Worker shop-w-1", "Worker shop-w-3"]) {
      expect(one({ resources }, id).dependsOn).toEqual(["ControlPlane shop"]);
    }
  });

  test("tells the plugin everything, with every default filled in", async () => {
    const { resources } = await provision(fullArgs);
    await expect(`${JSON.stringify(resources, undefined, 2)}\n`).toMatchFileSnapshot("__snapshots__/full.snap");
  });

  test("keeps all that is in it where a destroy shall leave it", async () => {
    const deletedWith = async (change: Partial<ClusterArgs>, options: Partial<OnpremOptions> = {}) =>
      (await provision({ ...single(options), ...change })).cluster.deletedWith;
    expect(await deletedWith({}, { onDestroy: "leave" })).toBeInstanceOf(pulumi.CustomResource);
    // Its own deletion is refused then, so nothing inside may be forgotten.
    expect(await deletedWith({ deletionProtection: true }, { onDestroy: "leave" })).toBeUndefined();
    expect(await deletedWith({})).toBeUndefined();
  });

  test("on one host is the smallest, and lets workloads onto it", async () => {
    const { resources } = await provision(single());
    await expect(`${JSON.stringify(resources, undefined, 2)}\n`).toMatchFileSnapshot("__snapshots__/alone.snap");
    const [host] = one({ resources }, "ControlPlane shop").inputs["hosts"] as Node[];
    expect(host).toMatchObject({ taints: [], pool: "control-plane" });
  });

  test("keeps workloads off control planes where there are workers, unless the host says otherwise", async () => {
    const { resources } = await provision(fullArgs);
    const taints = (one({ resources }, "ControlPlane shop").inputs["hosts"] as Node[]).map((host) => host.taints);
    const taint = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
    expect(taints).toEqual([taint, [], taint]);
  });

  test("gives a host what its pool says, and what it says itself above that", async () => {
    const { resources } = await provision(fullArgs);
    expect(one({ resources }, "Worker shop-w-1").inputs["host"]).toMatchObject({
      pool: "general",
      labels: { tier: "own", "example.com/team": "shop", rack: "one" },
      needs: { cpu: "2", memory: "4Gi", arch: "amd64" },
    });
    expect(one({ resources }, "Worker shop-w-3").inputs["host"]).toMatchObject({
      taints: [
        { key: "batch", effect: "NoSchedule" },
        { key: "gpu", value: "none", effect: "PreferNoSchedule" },
      ],
    });
  });

  test("reaches a host as it says, and else as all of them", async () => {
    const { resources } = await provision(fullArgs);
    const host = (name: string) => (one({ resources }, `Worker shop-${name}`).inputs["host"] as Node).host;
    expect(host("w-2").ssh).toMatchObject({ user: "root", port: 2222, knownHostsFile: "~/cluster/known_hosts" });
    expect(host("w-2").ssh["bastion"]).toMatchObject({ user: "jump", port: 22, agent: true });
    expect(host("w-1").sudo).toEqual({ kind: "password", variable: "ISOKUBE_SUDO" });
    expect(host("w-3").sudo).toEqual({ kind: "passwordless" });
  });

  test("whose hosts differ in the way of logging in does not mix two ways", async () => {
    const key = process.execPath;
    const ssh = { user: "ubuntu", privateKeyFile: key };
    const hosts = { "node-1": { ...alone.hosts["node-1"], ssh: { agent: true } } } as OnpremOptions["hosts"];
    const { resources } = await provision(single({ ssh, hosts }));
    const [host] = one({ resources }, "ControlPlane shop").inputs["hosts"] as Node[];
    expect(host?.host.ssh).toEqual({ user: "ubuntu", port: 22, knownHostsFile: "~/.ssh/known_hosts", agent: true });
    expect(host?.host.sudo).toEqual({ kind: "passwordless" });
  });

  test.each<[string, Partial<OnpremOptions>, object]>([
    ["the only control plane", {}, { kind: "single", address: "10.89.0.11" }],
    ["a virtual address", { endpoint: { vip: "10.89.0.100" } }, { kind: "vip", address: "10.89.0.100", routerId: 100 }],
    [
      "a virtual address with its own router id",
      { endpoint: { vip: "10.89.0.100", routerId: 7 } },
      { kind: "vip", address: "10.89.0.100", routerId: 7 },
    ],
    [
      "a load balancer",
      { endpoint: { external: "api.example.com:8443" } },
      { kind: "external", host: "api.example.com", port: 8443 },
    ],
  ])("is reached at %s", async (_, change, endpoint) => {
    const { resources } = await provision(single(change));
    expect(one({ resources }, "ControlPlane shop").inputs["controlPlaneEndpoint"]).toEqual(endpoint);
  });

  test("takes addresses that are known only later", async () => {
    const later = pulumi.output("10.89.0.100");
    const { resources } = await provision(single({ endpoint: { vip: later } }));
    expect(one({ resources }, "ControlPlane shop").inputs["controlPlaneEndpoint"]).toEqual({
      kind: "vip",
      address: "10.89.0.100",
      routerId: 100,
    });
  });

  test("refuses to become another cluster by a change of its addresses, or of what its store is written with", async () => {
    const values = onpremProvider.immutable("shop", specOf(fullArgs));
    expect(values).toEqual({
      "network.podCidr": "10.244.0.0/16",
      "network.serviceCidr": "10.96.0.0/16",
      "onprem.endpoint": "vip 10.89.0.100",
      "onprem.hostSettings.cgroupDriver": "cgroupfs",
      "controlPlane.secretsEncryption": true,
    });
    const external = onpremProvider.immutable(
      "shop",
      specOf(single({ endpoint: { external: pulumi.output("lb:6443") } })),
    );
    expect(await known(pulumi.output(external["onprem.endpoint"]))).toBe("external lb:6443");
  });

  test("keeps its kubeconfig secret, whoever wrote it, and is known by its own id", async () => {
    const { cluster } = await provision(fullArgs);
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    // kubeadm writes YAML, and everybody behind reads JSON.
    expect(await known(cluster.kubeconfig)).toBe('{"kind":"Config","contexts":[{"name":"admin@shop"}]}\n');
    expect(await known(cluster.identity)).toBe("id");
    expect(cluster.foundations).toHaveLength(4);
  });

  test("has a gateway controller where its images can be had, and addresses for gateways", async () => {
    const chartsOf = async (onprem: OnpremOptions) => (await provision({ ...fullArgs, onprem })).cluster.charts;
    expect(await chartsOf(full)).toMatchObject([{ chart: "envoy-gateway", values: {} }]);
    expect(await chartsOf({ ...full, artifacts: {} })).toMatchObject([{ chart: "envoy-gateway", values: {} }]);
    // Traefik then, whose objects are written here.
    expect(await chartsOf(bundled())).toEqual([]);
    const { loadBalancer: _, ...without } = full;
    expect(await chartsOf(without)).toEqual([]);
  });

  test("says that it has no load balancers without addresses for them", () => {
    const levels = (onprem: OnpremOptions) => {
      const { loadBalancer, gateway } = onpremProvider.capabilities(specOf({ ...fullArgs, onprem }));
      return [loadBalancer.level, gateway.level];
    };
    const { loadBalancer: _, ...without } = full;
    expect(levels(full)).toEqual(["addon", "addon"]);
    expect(levels(bundled())).toEqual(["addon", "addon"]);
    // The gateways' address is taken for good, and a workload that waits for one would wait for ever.
    expect(levels({ ...bundled(), loadBalancer: { addresses: ["10.89.0.200/32"] } })).toEqual(["addon", "unsupported"]);
    expect(levels(without)).toEqual(["unsupported", "unsupported"]);
  });
});
