import { expect, test } from "vitest";
import { stringify } from "yaml";
import { plainLeafTools } from "../../../src/components/workload/leaf-tools.js";
import { prepareWorkload } from "../../../src/components/workload/prepare.js";
import { objectsOf, renderWorkload } from "../../../src/components/workload/render.js";
import type { TypedWorkloadArgs } from "../../../src/components/workload/typed-args.js";
import { container, existing, local, minimal, withPort } from "./samples.js";

function render(args: TypedWorkloadArgs) {
  return objectsOf(renderWorkload(prepareWorkload("web", args).spec, plainLeafTools));
}

/** One rendering a concept, so that a change shows where it belongs. */
const golden: Record<string, TypedWorkloadArgs> = {
  minimal,
  "web-service-autoscaled": {
    ...withPort,
    namespace: "shop",
    scaling: { auto: { min: 2, max: 20, cpu: 70, memory: 80, scaleDownWindowSeconds: 60, scaleUpWindowSeconds: 15 } },
    service: { ports: { http: 80 } },
  },
  "containers-of-every-role": {
    cluster: local,
    containers: {
      web: {
        ...container,
        command: ["/web"],
        args: ["--port", "8080"],
        workingDir: "/srv",
        imagePullPolicy: "Always",
        ports: { http: 8080, dns: { port: 53, protocol: "UDP" } },
        security: { runAsUser: 1000, readOnlyRootFilesystem: false },
      },
    },
    initContainers: { migrate: { ...container, args: ["migrate"] } },
    sidecars: {
      proxy: { ...container, ports: { admin: 9901 } },
      shipper: { ...container, start: "afterInit" },
    },
    security: { runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
  },
  environment: {
    cluster: local,
    containers: {
      web: {
        ...container,
        env: {
          PLAIN: "text",
          SAME: { value: "text" },
          HIDDEN: { value: "s3cret", sensitive: true },
          FROM_CONFIG: { config: { name: "settings", key: "mode" } },
          FROM_SECRET: { secret: { name: "credentials", key: "token", optional: true } },
          POD: { field: "metadata.name" },
          TEAM: { field: "metadata.labels['team']" },
          MEMORY: { field: "limits.memory" },
        },
      },
      helper: { ...container, env: { HIDDEN: { value: "other", sensitive: true } } },
    },
  },
  probes: {
    cluster: local,
    containers: {
      web: {
        ...container,
        ports: { http: 8080, grpc: 9090 },
        readiness: { http: "/ready" },
        liveness: { http: { path: "/live", port: 8081, scheme: "HTTPS", headers: { Host: "web" } }, periodSeconds: 30 },
        startup: { exec: ["/bin/check", "--once"], failureThreshold: 60, periodSeconds: 2 },
      },
      api: { ...container, ports: { rpc: 7070 }, readiness: { grpc: { service: "api" } }, liveness: { tcp: "rpc" } },
    },
  },
  volumes: {
    cluster: local,
    containers: {
      web: {
        ...container,
        mounts: [
          { volume: "settings", path: "/etc/web" },
          { volume: "keys", path: "/keys/tls.key", subPath: "tls.key" },
          { volume: "scratch", path: "/tmp" },
          { volume: "cache", path: "/cache", readOnly: true },
          { volume: "shared", path: "/shared" },
          { volume: "token", path: "/token" },
        ],
      },
    },
    volumes: {
      settings: { config: { data: { "web.toml": "port = 8080\n" } } },
      keys: { secret: { data: { "tls.key": "key" } } },
      scratch: { emptyDir: { sizeLimit: "256Mi" } },
      cache: { emptyDir: { sizeLimit: "64Mi", medium: "Memory" } },
      shared: { config: { name: "shared-settings" } },
      token: { secret: { name: "shared-token" } },
    },
  },
  "replica-set": { ...minimal, controller: "ReplicaSet", scaling: { auto: { max: 3, memory: 60 } } },
  recreate: {
    ...minimal,
    scaling: { fixed: 1 },
    rollout: { strategy: "Recreate", revisionHistoryLimit: 2, progressDeadlineSeconds: 120 },
  },
  "rolling-update-and-budget": {
    ...minimal,
    scaling: { fixed: 5 },
    rollout: { maxUnavailable: 1, maxSurge: "40%", minReadySeconds: 5 },
    disruption: { minAvailable: "50%", unhealthyPodEviction: "IfHealthyBudget" },
    terminationGracePeriodSeconds: 5,
  },
  headless: { ...withPort, service: { headless: true } },
  "load-balancer": {
    ...withPort,
    cluster: existing,
    service: { type: "LoadBalancer", allowedCidrs: ["203.0.113.0/24"], annotations: { "example.com/tier": "edge" } },
  },
  "no-service": { ...withPort, service: { type: "none" } },
  placement: {
    ...minimal,
    pool: "general",
    nodeSelector: { "kubernetes.io/arch": "arm64" },
    tolerations: [
      { key: "dedicated", value: "web", effect: "NoSchedule" },
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute", tolerationSeconds: 30 },
    ],
    spread: { hosts: "DoNotSchedule", zones: "none", maxSkew: 2 },
    priorityClassName: "important",
    imagePullSecrets: ["registry"],
  },
  identity: {
    ...minimal,
    serviceAccount: { annotations: { "example.com/role": "reader" }, mountToken: true },
    labels: { team: "shop" },
    annotations: { "example.com/owner": "team shop" },
    podAnnotations: { "example.com/scrape": "true" },
  },
  "existing-service-account": { ...minimal, serviceAccount: { name: "shared" } },
};

test.each(Object.entries(golden))("renders %s as before", async (name, args) => {
  await expect(
    render(args)
      .map((object) => stringify(object))
      .join("---\n"),
  ).toMatchFileSnapshot(`__snapshots__/${name}.yaml`);
});

test("a short form renders as its long form", () => {
  const short = render({
    cluster: local,
    containers: {
      web: {
        ...container,
        env: { A: "1" },
        ports: { http: 80 },
        readiness: { http: "/r" },
        liveness: { tcp: 80 },
        startup: { grpc: "http" },
      },
    },
    disruption: { maxUnavailable: 1 },
  });
  const long = render({
    cluster: local,
    containers: {
      web: {
        ...container,
        env: { A: { value: "1" } },
        ports: { http: { port: 80, protocol: "TCP" } },
        readiness: { http: { path: "/r", port: "http" } },
        liveness: { tcp: { port: "80" } },
        startup: { grpc: { port: "http" } },
      },
    },
    disruption: { maxUnavailable: "1" },
  });
  expect(short).toEqual(long);
});

test("the pods' checksums follow the content, not the order in which it is written", () => {
  const checksums = (config: Record<string, string>, secret: Record<string, string>) => {
    const { deployment } = renderWorkload(
      prepareWorkload("web", {
        ...minimal,
        volumes: { c: { config: { data: config } }, s: { secret: { data: secret } } },
      }).spec,
      plainLeafTools,
    );
    return JSON.stringify(deployment?.spec).match(/"isokube\.dev\/[a-z]+-checksum":"[0-9a-f]+"/g);
  };
  const before = checksums({ a: "1", b: "2" }, { k: "v" });
  expect(before).toHaveLength(2);
  expect(checksums({ b: "2", a: "1" }, { k: "v" })).toEqual(before);
  expect(checksums({ a: "1", b: "3" }, { k: "v" })?.[0]).not.toEqual(before?.[0]);
  expect(checksums({ a: "1", b: "3" }, { k: "v" })?.[1]).toEqual(before?.[1]);
  expect(checksums({ a: "1", b: "2" }, { k: "w" })?.[1]).not.toEqual(before?.[1]);
  // Files must not be able to trade places with one another's content.
  expect(checksums({ a: "2", b: "1" }, { k: "v" })?.[0]).not.toEqual(before?.[0]);
});
