import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Capability, type CapabilityTable, contract } from "../../src/providers/capabilities.js";
import type { ReportRow } from "../../src/providers/contract.js";
import { eventually, type LiveCluster } from "./live-cluster.js";

/** A namespace with a Workload `web`: 2 to 4 pods at 60 % of 100m, in every subject's program. */
export const workloadName = "web";

/** A cluster that an adapter has made (or found), with what the suite needs to look at it. */
export interface ContractSubject {
  readonly live: LiveCluster;
  readonly namespace: string;
  /** The minor that was asked for; undefined when none was. */
  readonly askedVersion: string | undefined;
  /** Nodes by pool that were asked for; undefined when the cluster brings its own. */
  readonly askedNodes: Readonly<Record<string, number>> | undefined;
  /** Pools that the target needs beside those asked for. @default none */
  readonly ownPools?: readonly string[];
  /** What `pulumi preview` printed before anything was there. */
  readonly preview: string;
  readonly kubeconfig: string;
  readonly capabilities: CapabilityTable;
  readonly report: readonly ReportRow[];
  /** The stack's state as a user may paste it somewhere. */
  readonly state: string;
  /** Makes each of the pods use this much CPU, as far as the target lets one. */
  load(pods: readonly string[], millicores: number): Promise<void>;
  /** The audit log's text, where the target lets one read it. */
  auditLog?(): Promise<string>;
  /** Whether the cluster's storage holds this text in plain, where the target lets one look. */
  storageHolds?(text: string): Promise<boolean>;
  /** Destroys the stack; says what is left that should not be. */
  destroy(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * The equivalence contract on a live cluster. Every adapter runs it. A rule is
 * asserted where the cluster's capabilities say it is kept; where they say it is
 * not, the preview must have said so, with the reason and the remedy.
 */
export function describeContract(adapter: string, open: () => Promise<ContractSubject>): void {
  describe(`the contract on ${adapter}`, () => {
    let subject: ContractSubject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await subject?.close();
    });

    /** Asserts a capability by its level. */
    const keeps = async (capability: Capability, assertion: () => Promise<void>): Promise<void> => {
      const support = subject.capabilities[capability];
      const rows = subject.report.filter((row) => row.property === capability);
      expect(rows, `rows of ${capability} in the report`).not.toHaveLength(0);
      switch (support.level) {
        case "native":
        case "addon":
        case "emulated":
          await assertion();
          break;
        case "unsupported":
          expect(rows).toContainEqual(expect.objectContaining({ level: "unsupported", deviation: expect.any(String) }));
          expect(subject.preview).toContain(support.reason);
          expect(subject.preview).toContain(support.remedy);
          break;
        case "unknown":
          expect(rows).toContainEqual(expect.objectContaining({ level: "unknown", deviation: support.reason }));
          break;
      }
    };

    /**
     * That a resource of the stack gives the capability. Where the nodes are
     * simulated, no packet and no token flows: this is all there is to see.
     */
    const realised = (capability: Capability): void => {
      const rows = subject.report.filter((row) => row.property === capability);
      expect(rows.filter(({ resource }) => resource !== "").map(({ resource }) => resource)).not.toEqual([]);
    };

    const rules: Readonly<Record<(typeof contract)[number]["rule"], () => Promise<void>>> = {
      "the asked Kubernetes minor": () =>
        keeps("kubernetesVersion", async () => {
          const { gitVersion } = JSON.parse(await subject.live.kubectl(["get", "--raw", "/version"]));
          expect(gitVersion).toMatch(/^v\d+\.\d+\.\d+/);
          if (subject.askedVersion !== undefined) expect(gitVersion).toContain(`v${subject.askedVersion}.`);
        }),

      "a kubeconfig without long-lived secrets": () =>
        keeps("kubeconfig", async () => {
          const { users } = parse(subject.kubeconfig);
          expect(users).toHaveLength(1);
          const { exec, ...user } = users[0].user;
          expect(Object.keys(user).filter((key) => /token|password|auth-provider/.test(key))).toEqual([]);
          expect(exec !== undefined || "client-certificate-data" in user).toBe(true);
          const key: unknown = user["client-key-data"];
          if (typeof key === "string") {
            expect(subject.state).not.toContain(key);
            expect(subject.preview).not.toContain(key);
          }
        }),

      "the metrics API, so an HPA scales": () =>
        keeps("metricsApi", async () => {
          const utilisation = await eventually("an HPA with a measured value", 60, () => seeAutoscaler(subject));
          expect(utilisation).toBeGreaterThanOrEqual(0);
          const pods = await readyPods(subject);
          expect(pods.length).toBe(2);
          await subject.load(pods, 100);
          const more = await eventually("a third pod", 60, async () => {
            const now = await readyPods(subject);
            return now.length > 2 ? { done: now.length } : { seen: `${now.length} ready pods` };
          });
          expect(more).toBeLessThanOrEqual(4);
        }),

      "storage classes standard (default) and fast": () =>
        keeps("storageClasses", async () => {
          const { items } = await subject.live.get<{ items: StorageClass[] }>(["storageclasses"]);
          const names = items.map(({ metadata }) => metadata.name);
          expect(names).toEqual(expect.arrayContaining(["standard", "fast"]));
          const defaults = items.filter(
            ({ metadata }) => metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
          );
          expect(defaults.map(({ metadata }) => metadata.name)).toEqual(["standard"]);
        }),

      "addresses for LoadBalancer Services, and one gateway class": async () => {
        await keeps("loadBalancer", async () => {
          const { live, namespace } = subject;
          const name = ["contract-edge", "--namespace", namespace];
          await live.kubectl(["create", "service", "loadbalancer", ...name, "--tcp=80:8080"]);
          await eventually("an address", 60, async () => {
            const { status } = await live.get<BalancedService>(["service", ...name]);
            const ingress = status?.loadBalancer?.ingress?.[0];
            return ingress === undefined ? { seen: JSON.stringify(status ?? {}) } : { done: ingress };
          });
          await live.kubectl(["delete", "service", ...name]);
        });
        await keeps("gateway", async () => {
          const { items } = await subject.live.get<{ items: { metadata: { name: string } }[] }>(["gatewayclasses"]);
          expect(items.map(({ metadata }) => metadata.name)).toContain("isokube");
        });
      },

      "NetworkPolicy is enforced": () => keeps("networkPolicy", async () => realised("networkPolicy")),

      "Pod Security restricted works for every Workload": () =>
        keeps("podSecurityRestricted", async () => {
          expect((await readyPods(subject)).length).toBeGreaterThanOrEqual(2);
          const privileged = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "root", namespace: subject.namespace },
            spec: { containers: [{ name: "root", image: "shell:1", securityContext: { privileged: true } }] },
          };
          await expect(subject.live.apply(privileged, ["--dry-run=server"])).rejects.toThrow(
            /violates PodSecurity "restricted/,
          );
        }),

      DNS: () => keeps("dns", async () => realised("dns")),
      "an OIDC issuer for workload identity": () => keeps("workloadIdentity", async () => realised("workloadIdentity")),

      "neutral node labels": () =>
        keeps("nodeLabels", async () => {
          const { items } = await subject.live.get<{ items: { metadata: { labels: Record<string, string> } }[] }>([
            "nodes",
          ]);
          const counts: Record<string, number> = {};
          for (const { metadata } of items) {
            expect(metadata.labels).toMatchObject({ "kubernetes.io/arch": expect.stringMatching(/^(amd64|arm64)$/) });
            const pool = metadata.labels["isokube.dev/pool"] ?? "none";
            if (subject.ownPools?.includes(pool) === true) continue;
            counts[pool] = (counts[pool] ?? 0) + 1;
          }
          if (subject.askedNodes === undefined) expect(Object.keys(counts)).not.toContain("none");
          else expect(counts).toEqual(subject.askedNodes);
        }),

      "audit log and secrets encryption where asked": async () => {
        const { namespace, live } = subject;
        const canary = `canary-${Math.random().toString(36).slice(2)}`;
        await keeps("auditLogs", async () => {
          const { auditLog } = subject;
          if (auditLog === undefined) throw new Error("this adapter gives an audit log, so its subject must read it");
          await live.kubectl(["create", "configmap", canary, "--namespace", namespace]);
          await eventually("an audit event", 10, async () =>
            (await auditLog()).includes(canary) ? { done: true } : { seen: "a log without it" },
          );
        });
        await keeps("secretsEncryption", async () => {
          const { storageHolds } = subject;
          if (storageHolds === undefined)
            throw new Error("this adapter encrypts, so its subject must look into storage");
          const literal = (kind: string) => `--from-literal=value=${kind}-${canary}`;
          await live.kubectl(["create", "configmap", `${canary}-plain`, "--namespace", namespace, literal("plain")]);
          await live.kubectl(["create", "secret", "generic", canary, "--namespace", namespace, literal("secret")]);
          // The first proves that looking finds what is there.
          expect(await storageHolds(`plain-${canary}`)).toBe(true);
          expect(await storageHolds(`secret-${canary}`)).toBe(false);
        });
      },

      "destroy leaves nothing behind": () =>
        keeps("cleanDestroy", async () => {
          expect(await subject.destroy()).toEqual([]);
        }),
    };

    test.each(contract.map(({ rule }, index) => [index + 1, rule] as const))("%i %s", async (_, rule) => {
      await rules[rule]();
    });
  });
}

interface StorageClass {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

interface BalancedService {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function readyPods({ live, namespace }: ContractSubject): Promise<string[]> {
  const selector = `app.kubernetes.io/name=${workloadName}`;
  const { items } = await live.get<{ items: Pod[] }>(["pods", "--namespace", namespace, "--selector", selector]);
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(
      ({ status }) => status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true,
    )
    .map(({ metadata }) => metadata.name);
}

interface Autoscaler {
  readonly status?: {
    readonly currentMetrics?: readonly {
      readonly resource?: { readonly current: { readonly averageUtilization?: number } };
    }[];
  };
}

async function seeAutoscaler({ live, namespace }: ContractSubject) {
  const { status } = await live.get<Autoscaler>(["hpa", workloadName, "--namespace", namespace]);
  const value = status?.currentMetrics?.[0]?.resource?.current.averageUtilization;
  return value === undefined ? { seen: JSON.stringify(status ?? {}) } : { done: value };
}
