import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { addonImages } from "../../../src/core/addon-images.js";
import type { KubernetesObject, ManifestGroup, OnpremOptions } from "../../../src/providers/contract.js";
import { manifestsOf } from "../../../src/providers/onprem/addons.js";
import { nodesOf } from "../../../src/providers/onprem/nodes.js";
import { known } from "../mock-graph.js";
import { alone, bundled, full, fullArgs, specOf } from "./samples.js";

function groupsOf(onprem: OnpremOptions): ManifestGroup[] {
  const { pools: _, ...args } = fullArgs;
  const small = Object.keys(onprem.hosts).length === 1;
  const spec = specOf(small ? { target: "onprem", onprem } : { ...args, ...fullArgs, onprem });
  return manifestsOf(spec, onprem, nodesOf(spec, onprem));
}

const online: OnpremOptions = { ...full, artifacts: {} };
const variants: readonly (readonly [string, () => OnpremOptions])[] = [
  ["online", () => online],
  ["bundle", bundled],
  ["alone", () => ({ ...alone, loadBalancer: { addresses: ["10.89.0.224/28"] } })],
];

/** A pod and where it comes from. */
interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly priorityClassName?: string;
  readonly tolerations?: readonly { key?: string; operator: string }[];
  readonly securityContext?: Record<string, unknown>;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { name: string; value?: unknown }[];
  readonly resources: { requests: Record<string, string> };
  readonly securityContext: Record<string, unknown>;
}

const objectsOf = (groups: readonly ManifestGroup[]): KubernetesObject[] => groups.flatMap(({ objects }) => objects);

function podsOf(groups: readonly ManifestGroup[]): Map<string, PodSpec> {
  return new Map(
    objectsOf(groups)
      .filter(({ kind }) => kind === "Deployment" || kind === "DaemonSet")
      .map((object) => {
        const { template } = object["spec"] as { template: { spec: PodSpec } };
        return [object.metadata.name, template.spec];
      }),
  );
}

const only = (pods: Map<string, PodSpec>, name: string): Container => {
  const container = pods.get(name)?.containers[0];
  if (container === undefined) throw new Error(`no ${name}`);
  return container;
};

describe("what goes into a cluster on hosts of one's own", () => {
  test.each(variants)("%s", async (name, onprem) => {
    const text = groupsOf(onprem())
      .map(({ name: group, after, objects }) =>
        [
          `# ${group}${after.length === 0 ? "" : `, after ${after.join(" and ")}`}`,
          ...objects.map((o) => stringify(o, { aliasDuplicateObjects: false }).trimEnd()),
        ].join("\n---\n"),
      )
      .join("\n---\n");
    await expect(`${text}\n`).toMatchFileSnapshot(`__snapshots__/manifests-${name}.yaml`);
  });

  describe.each(variants)("from %s", (_, onprem) => {
    const groups = groupsOf(onprem());

    test("comes in an order in which nothing waits for what is listed later", () => {
      const listed: string[] = [];
      for (const { name, after } of groups) {
        for (const needed of after) expect(listed, `${name} needs ${needed}`).toContain(needed);
        listed.push(name);
      }
    });

    test("has every object once, marked as isokube's own", () => {
      const ids = objectsOf(groups).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { metadata } of objectsOf(groups)) {
        expect(metadata.labels?.["app.kubernetes.io/managed-by"], metadata.name).toBe("isokube");
      }
    });

    test("asks for what its pods need, and never for a newer image of the same name", () => {
      for (const [name, { initContainers = [], containers }] of podsOf(groups)) {
        for (const container of [...initContainers, ...containers]) {
          expect(container.resources.requests, name).toMatchObject({
            cpu: expect.any(String),
            memory: expect.any(String),
          });
          expect(container.imagePullPolicy, name).toBe("IfNotPresent");
          expect(container.image, name).toMatch(/:v?\d+\.\d+\.\d+$/);
        }
      }
    });

    test("runs before workloads and goes after them", () => {
      for (const [name, { priorityClassName }] of podsOf(groups)) expect(priorityClassName, name).toMatch(/^system-/);
    });

    test("runs on control planes, too", () => {
      for (const [name, { tolerations = [] }] of podsOf(groups)) {
        // Where it runs, the load balancer's traffic comes in, and that goes to workers where there are any.
        if (name === "gateway") continue;
        const tolerates = tolerations.some(({ key }) => key === undefined || key.endsWith("/control-plane"));
        expect(tolerates, name).toBe(true);
      }
    });

    test("is unprivileged but for the network", () => {
      for (const [name, pod] of podsOf(groups)) {
        if (pod.hostNetwork === true) continue;
        expect(pod.securityContext, name).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: "RuntimeDefault" },
        });
        for (const { securityContext } of pod.containers) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
          });
        }
      }
    });

    test("trusts no kubelet blindly", () => {
      const { args = [] } = only(podsOf(groups), "metrics-server");
      expect(args).toContain("--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
      expect(args.join()).not.toContain("insecure");
    });

    test("holds no secret", () => {
      expect(objectsOf(groups).map(({ kind }) => kind)).not.toContain("Secret");
    });

    test("lets nobody write secrets everywhere, and nobody but gateways read them", () => {
      const roles = objectsOf(groups).filter(({ kind }) => kind === "ClusterRole");
      for (const { metadata, ...role } of roles) {
        const rules = role["rules"] as { resources: string[]; verbs: string[] }[];
        const verbs = rules.flatMap((rule) => (rule.resources.includes("secrets") ? rule.verbs : []));
        expect(verbs, metadata.name).toEqual(metadata.name === "isokube:gateway" ? ["get", "list", "watch"] : []);
      }
    });
  });

  test("keeps the names of images where a mirror has them", () => {
    const names = Object.values<string>(addonImages);
    for (const [name, { initContainers = [], containers }] of podsOf(groupsOf(full))) {
      for (const { image } of [...initContainers, ...containers]) expect(names, name).toContain(image);
    }
  });

  test("from a bundle uses the host's own tools, and needs no shell in an image", () => {
    const kubeRouter = JSON.stringify(podsOf(groupsOf(bundled())).get("kube-router"));
    expect(kubeRouter).toContain('"mountPath":"/host"');
    expect(JSON.stringify(podsOf(groupsOf(online)).get("kube-router"))).not.toContain('"/host"');
    const config = (onprem: OnpremOptions) =>
      objectsOf(groupsOf(onprem)).find(
        ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "local-path-config",
      )?.["data"] as Record<string, string>;
    expect(Object.keys(config(bundled())).sort()).toEqual(["config.json", "helperPod.yaml"]);
    expect(JSON.parse(config(bundled())["config.json"] ?? "")).toMatchObject({
      setupCommand: "/usr/bin/local-path-helper",
    });
    expect(Object.keys(config(online)).sort()).toEqual(["config.json", "helperPod.yaml", "setup", "teardown"]);
  });

  test("approves certificates for the listed hosts alone", async () => {
    const envOf = (onprem: OnpremOptions) =>
      Object.fromEntries(
        (only(podsOf(groupsOf(onprem)), "kubelet-csr-approver").env ?? []).map(({ name, value }) => [name, value]),
      );
    expect(envOf(bundled())).toEqual({
      NODES: "cp-1=10.89.0.11,cp-2=10.89.0.12,cp-3=10.89.0.13,w-1=10.89.0.21,w-2=10.89.0.22,w-3=10.89.0.23",
    });
    expect(envOf(online)).toMatchObject({
      PROVIDER_REGEX: "^(cp-1|cp-2|cp-3|w-1|w-2|w-3)$",
      PROVIDER_IP_PREFIXES: expect.stringContaining("10.89.0.11/32,10.89.0.12/32"),
    });
    const later = pulumi.output("10.89.0.11");
    const one: OnpremOptions = { ...alone, hosts: { "node-1": { address: later, role: "controlPlane" } } };
    const prefixes = envOf(one)["PROVIDER_IP_PREFIXES"] as pulumi.Output<string>;
    expect(await known(prefixes)).toBe("10.89.0.11/32");
  });

  test("announces addresses from control planes where there is nothing else", () => {
    const balanced: OnpremOptions = { ...alone, loadBalancer: { addresses: ["10.89.0.224/28"] } };
    expect(only(podsOf(groupsOf(balanced)), "speaker").args).toContain("--ignore-exclude-lb");
    expect(only(podsOf(groupsOf(full)), "speaker").args).not.toContain("--ignore-exclude-lb");
  });

  test("serves gateways by Traefik where a bundle is all there is, and leaves the only address to workloads", () => {
    const withAddresses = (...addresses: string[]): OnpremOptions => ({ ...bundled(), loadBalancer: { addresses } });
    const namesOf = (onprem: OnpremOptions) => groupsOf(onprem).map(({ name }) => name);
    expect(namesOf(withAddresses("10.89.0.200-10.89.0.201")).slice(-3)).toEqual([
      "gateway",
      "gateway-address",
      "gateway-class",
    ]);
    expect(namesOf(withAddresses("10.89.0.200/32", "10.89.0.210/32"))).toContain("gateway");
    expect(namesOf(withAddresses("10.89.0.200/32"))).not.toContain("gateway");
    expect(namesOf(online)).not.toContain("gateway");
  });

  test("runs gateways where load balancers send traffic: on workers, or on control planes where there is nothing else", () => {
    const gatewayOf = (onprem: OnpremOptions) => podsOf(groupsOf(onprem)).get("gateway");
    expect(gatewayOf(bundled())?.tolerations).toBeUndefined();
    const single: OnpremOptions = { ...bundled(), hosts: alone.hosts };
    expect(gatewayOf(single)?.tolerations).toEqual([
      { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
    ]);
  });

  test("lets the gateway's pods change the kinds of the Gateway API alone", () => {
    const role = objectsOf(groupsOf(bundled())).find(
      ({ kind, metadata }) => kind === "ClusterRole" && metadata.name === "isokube:gateway",
    );
    const rules = role?.["rules"] as { resources: string[]; resourceNames?: string[]; verbs: string[] }[];
    const [definitions] = rules.filter(({ resources }) => resources.includes("customresourcedefinitions"));
    expect(definitions?.resourceNames?.length).toBe(6);
    for (const name of definitions?.resourceNames ?? []) expect(name).toMatch(/^[a-z]+\.gateway\.networking\.k8s\.io$/);
  });

  test("has no MetalLB without addresses", () => {
    expect(groupsOf(alone).map(({ name }) => name)).toEqual([
      "kube-router",
      "csr-approver",
      "metrics-server",
      "local-path",
    ]);
  });

  test("binds administrators as their certificates name them", () => {
    const binding = objectsOf(groupsOf(full)).find(({ metadata }) => metadata.name === "isokube:admins");
    expect(binding?.["subjects"]).toEqual([
      { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "alice" },
      { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "platform" },
    ]);
  });
});
