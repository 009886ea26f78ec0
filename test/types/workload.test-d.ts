import type * as pulumi from "@pulumi/pulumi";
import { describe, expectTypeOf, test } from "vitest";
import { Namespace } from "../../src/components/namespace.js";
import type * as wire from "../../src/components/workload/args.js";
import type * as typed from "../../src/components/workload/typed-args.js";
import { Workload } from "../../src/components/workload.js";
import type { ClusterRef } from "../../src/providers/contract.js";

declare const cluster: ClusterRef;
declare const later: pulumi.Output<string>;
declare const laterNumber: pulumi.Output<number>;

const resources = { cpu: "100m", memory: "64Mi" };
const container = { image: "web:1", resources };
const containers = { web: container };

/** Takes what compiles; what must not is marked with the error that is expected. */
function accept(_args: typed.TypedWorkloadArgs): void {}
const withContainer = (web: typed.TypedContainerArgs) => accept({ cluster, containers: { web } });

describe("what a user writes", () => {
  test("compiles in its short and its long form", () => {
    accept({ cluster, containers });
    accept({
      cluster,
      namespace: later,
      containers: {
        web: {
          image: later,
          resources: { cpu: later, memory: "1Gi" },
          ports: { http: 8080, dns: { port: 53, protocol: "UDP" } },
          env: {
            A: "1",
            B: later,
            C: { value: later, sensitive: false },
            D: { secret: { name: later, key: "k" } },
            E: { field: "metadata.name" },
          },
          readiness: { http: "/ready" },
          liveness: { tcp: 8080, periodSeconds: 5 },
          startup: { exec: ["/check", later] },
          mounts: [{ volume: "v", path: "/v" }],
        },
      },
      sidecars: { proxy: { ...container, start: "afterInit" } },
      initContainers: { migrate: container },
      volumes: {
        v: { emptyDir: { sizeLimit: "1Gi" } },
        c: { config: { data: { a: later } } },
        s: { secret: { name: "x" } },
      },
      scaling: { auto: { min: 2, max: 6, cpu: 70 } },
      disruption: { maxUnavailable: 1 },
      rollout: { maxSurge: "25%", maxUnavailable: 0 },
    });
    accept({ cluster, containers, identity: { grants: [{ role: later }, { role: "roles/viewer", scope: later }] } });
    accept({ cluster, containers, scaling: { fixed: 3 }, rollout: { strategy: "Recreate" } });
    accept({ cluster, containers, controller: "ReplicaSet", disruption: { minAvailable: "50%" } });
  });

  test("constructs a Workload and a Namespace", () => {
    const namespace = new Namespace("shop", { cluster });
    const web = new Workload("web", { cluster, namespace: namespace.namespaceName, containers });
    expectTypeOf(web.host).toEqualTypeOf<pulumi.Output<string | undefined>>();
    expectTypeOf(namespace.namespaceName).toEqualTypeOf<pulumi.Output<string>>();
  });
});

describe("what cannot be meant does not compile", () => {
  test("scaling", () => {
    // @ts-expect-error fixed and auto together
    accept({ cluster, containers, scaling: { fixed: 2, auto: { max: 4 } } });
    // @ts-expect-error neither fixed nor auto
    accept({ cluster, containers, scaling: {} });
    // @ts-expect-error auto without a maximum
    accept({ cluster, containers, scaling: { auto: { min: 1 } } });
    // @ts-expect-error a number of pods known only later
    accept({ cluster, containers, scaling: { fixed: laterNumber } });
    // @ts-expect-error replicas is not how it is said
    accept({ cluster, containers, replicas: 3 });
  });

  test("rollout and disruption", () => {
    // @ts-expect-error a ReplicaSet rolls nothing out
    accept({ cluster, containers, controller: "ReplicaSet", rollout: { maxSurge: 1 } });
    // @ts-expect-error Recreate has no surge
    accept({ cluster, containers, rollout: { strategy: "Recreate", maxSurge: 1 } });
    // @ts-expect-error both kinds of budget
    accept({ cluster, containers, disruption: { maxUnavailable: 1, minAvailable: 1 } });
    // @ts-expect-error an unknown controller
    accept({ cluster, containers, controller: "DaemonSet" });
  });

  test("containers", () => {
    // @ts-expect-error no cluster
    accept({ containers });
    // @ts-expect-error no containers
    accept({ cluster });
    // @ts-expect-error no image
    withContainer({ resources });
    // @ts-expect-error no requests
    withContainer({ image: "web:1" });
    // @ts-expect-error no memory request
    withContainer({ image: "web:1", resources: { cpu: "1" } });
    // @ts-expect-error a sidecar without requests
    accept({ cluster, containers, sidecars: { proxy: { image: "envoy:1" } } });
    // @ts-expect-error an init container is not probed
    accept({ cluster, containers, initContainers: { a: { ...container, readiness: { http: "/" } } } });
    // @ts-expect-error privileges cannot be asked for
    withContainer({ ...container, security: { privileged: true } });
    // @ts-expect-error a port number known only later
    withContainer({ ...container, ports: { http: laterNumber } });
    // @ts-expect-error an unknown protocol
    withContainer({ ...container, ports: { http: { port: 80, protocol: "HTTP" } } });
  });

  test("environment, probes, volumes", () => {
    // @ts-expect-error two sources of one variable
    withContainer({ ...container, env: { A: { value: "1", field: "metadata.name" } } });
    // @ts-expect-error sensitive is about a value
    withContainer({ ...container, env: { A: { secret: { name: "a", key: "b" }, sensitive: true } } });
    // @ts-expect-error no source
    withContainer({ ...container, env: { A: {} } });
    // @ts-expect-error a number is not a text
    withContainer({ ...container, env: { A: 1 } });
    // @ts-expect-error two questions of one probe
    withContainer({ ...container, readiness: { http: "/", tcp: "http" } });
    // @ts-expect-error no question
    withContainer({ ...container, readiness: { periodSeconds: 5 } });
    // @ts-expect-error two kinds of one volume
    accept({ cluster, containers, volumes: { a: { config: { name: "a" }, emptyDir: { sizeLimit: "1Gi" } } } });
    // @ts-expect-error both written and existing
    accept({ cluster, containers, volumes: { a: { config: { name: "a", data: { a: "b" } } } } });
    // @ts-expect-error space without a limit
    accept({ cluster, containers, volumes: { a: { emptyDir: {} } } });
  });

  test("Namespace", () => {
    // @ts-expect-error no cluster
    new Namespace("shop", {});
    // @ts-expect-error the standard cannot be chosen
    new Namespace("shop", { cluster, podSecurity: "privileged" });
  });
});

describe("the flat form of other languages", () => {
  test("takes every block of the typed form that has no shorthand", () => {
    expectTypeOf<typed.TypedScalingArgs>().toExtend<wire.ScalingArgs>();
    expectTypeOf<typed.TypedVolumeArgs>().toExtend<wire.VolumeArgs>();
    expectTypeOf<Exclude<typed.TypedEnvArgs, pulumi.Input<string>>>().toExtend<wire.EnvArgs>();
    expectTypeOf<Exclude<typed.TypedPortArgs, number>>().toEqualTypeOf<wire.PortArgs>();
  });

  test("has the same properties", () => {
    expectTypeOf<keyof typed.TypedWorkloadArgs>().toEqualTypeOf<keyof wire.WorkloadArgs>();
    expectTypeOf<keyof typed.TypedContainerArgs>().toEqualTypeOf<keyof wire.ContainerArgs>();
    expectTypeOf<keyof typed.TypedSidecarArgs>().toEqualTypeOf<keyof wire.SidecarArgs>();
    expectTypeOf<keyof typed.TypedInitContainerArgs>().toEqualTypeOf<keyof wire.InitContainerArgs>();
    expectTypeOf<keyof typed.TypedProbeArgs>().toEqualTypeOf<keyof wire.ProbeArgs>();
  });

  test("is not what the constructor takes: there the compiler would refuse nothing", () => {
    expectTypeOf<wire.WorkloadArgs>().not.toExtend<typed.TypedWorkloadArgs>();
  });
});
