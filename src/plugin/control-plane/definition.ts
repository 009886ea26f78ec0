import type { ObjectDefinition, ResourceDefinition } from "../definition.js";

const taint = {
  token: "isokube:local:Taint",
  description: "Keeps pods off a pool's nodes unless they tolerate it.",
  properties: {
    key: { type: { kind: "string" }, required: true, description: "The taint's key, for example `dedicated`." },
    value: { type: { kind: "string" }, description: "The taint's value." },
    effect: {
      type: { kind: "string", oneOf: ["NoSchedule", "PreferNoSchedule", "NoExecute"] },
      required: true,
      description: "What happens to pods that do not tolerate it.",
    },
  },
} satisfies ObjectDefinition;

const pool = {
  token: "isokube:local:Pool",
  description: "Nodes that are alike. They are simulated: pods on them are scheduled and reported, but nothing runs.",
  properties: {
    name: {
      type: { kind: "string" },
      required: true,
      description: "Part of each node's name and the value of its label `isokube.dev/pool`.",
    },
    count: { type: { kind: "integer", minimum: 0, maximum: 5000 }, required: true, description: "Number of nodes." },
    cpu: {
      type: { kind: "string" },
      required: true,
      description: 'Processors of each node as a Kubernetes quantity, for example `"4"`.',
    },
    memory: {
      type: { kind: "string" },
      required: true,
      description: 'Memory of each node as a Kubernetes quantity, for example `"16Gi"`.',
    },
    arch: {
      type: { kind: "string", oneOf: ["amd64", "arm64"] },
      default: "amd64",
      description: "Processor architecture that the nodes are labelled with.",
    },
    labels: { type: { kind: "texts" }, default: {}, description: "Labels of the nodes." },
    taints: { type: { kind: "list", of: taint }, default: [], description: "Taints of the nodes." },
  },
} satisfies ObjectDefinition;

/** Everything a user may write and gets back; defaults are Kubernetes' own where it has one. */
export const controlPlaneDefinition = {
  token: "isokube:local:ControlPlane",
  description: [
    "A real Kubernetes control plane as processes of this machine: etcd, API server, controller manager, scheduler,",
    "metrics-server, and nodes simulated by kwok. It needs no root and no container engine, listens on loopback only,",
    "and goes on running when the deployment has ended.",
    "\n\nImport an existing one by its name: `pulumi import isokube:local:ControlPlane shop my-cluster`.",
  ].join(" "),
  inputs: {
    clusterName: {
      type: { kind: "string" },
      replaces: true,
      description:
        "Name of the cluster on this machine and the resource's id. Defaults to `<project>-<stack>-<resource name>`.",
    },
    kubernetesVersion: {
      type: { kind: "string" },
      description:
        'Kubernetes minor (`"1.35"`) or full version (`"1.35.3"`). Raising it by one minor upgrades in place; ' +
        "lowering it is refused. Defaults to the toolchain's default minor.",
    },
    pools: { type: { kind: "list", of: pool }, required: true, description: "The nodes, by pools." },
    podCidr: {
      type: { kind: "string" },
      default: "10.244.0.0/16",
      replaces: true,
      description: "Addresses of the pods.",
    },
    serviceCidr: {
      type: { kind: "string" },
      default: "10.96.0.0/16",
      replaces: true,
      description: "Addresses of the Services.",
    },
    auditLogs: {
      type: { kind: "boolean" },
      default: false,
      description: "Write the API server's audit log into the data directory.",
    },
    secretsEncryption: {
      type: { kind: "boolean" },
      default: false,
      description: "Encrypt Secrets in etcd with a key that is kept in the data directory.",
    },
    hpaSyncPeriodSeconds: {
      type: { kind: "integer", minimum: 1, maximum: 3600 },
      default: 15,
      description: "How often the HorizontalPodAutoscaler looks at the metrics.",
    },
    hpaDownscaleStabilizationSeconds: {
      type: { kind: "integer", minimum: 0, maximum: 3600 },
      default: 300,
      description: "How long the HorizontalPodAutoscaler waits before it scales down.",
    },
    metricsResolutionSeconds: {
      // metrics-server itself refuses less than 10 s.
      type: { kind: "integer", minimum: 10, maximum: 3600 },
      default: 15,
      description: "How often metrics-server reads the nodes' usage.",
    },
  },
  outputs: {
    dataDirectory: {
      type: { kind: "string" },
      description: "Folder of this machine that holds the cluster's data, certificates and logs.",
    },
    endpoint: { type: { kind: "string" }, description: "URL of the API server, on loopback." },
    kubeconfig: {
      type: { kind: "string" },
      secret: true,
      description: "Kubeconfig of the cluster's administrator, with a client certificate inside.",
    },
    version: { type: { kind: "string" }, description: "Full Kubernetes version that runs." },
    components: {
      type: { kind: "texts" },
      description: "Each process and whether it is `running`, `down`, or `unhealthy`.",
    },
    nodes: {
      type: { kind: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      description: "Number of nodes.",
    },
  },
} satisfies ResourceDefinition;
