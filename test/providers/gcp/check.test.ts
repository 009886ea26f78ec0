import { describe, expect, test } from "vitest";
import { formatProblem } from "../../../src/core/problems.js";
import { gcpProvider } from "../../../src/providers/gcp/index.js";
import { specOf } from "./graph.js";
import { existing, type GcpArgs, modes, small } from "./modes.js";

interface Case {
  readonly what: string;
  readonly args: GcpArgs;
  readonly path: string;
  readonly code: string;
  /** A part of the fix that the user needs. */
  readonly fix: string | RegExp;
}

const pool = small.pools.general;
const withPool = (changes: object): GcpArgs => ({ ...small, pools: { general: { ...pool, ...changes } } });
const withNetwork = (network: GcpArgs["network"] & object): GcpArgs => ({ ...small, network });
const withGcp = (gcp: GcpArgs["gcp"] & object): GcpArgs => ({ ...small, gcp: { ...small.gcp, ...gcp } });
const withKey = (encryptionKey: string): GcpArgs => ({ ...small, controlPlane: { encryptionKey } });
const serverless: GcpArgs = { compute: "serverless", gcp: small.gcp };

const cases: readonly Case[] = [
  {
    what: "a minor that is not offered",
    args: { ...small, kubernetesVersion: "1.29" },
    path: "kubernetesVersion",
    code: "version/not-offered",
    fix: "1.35",
  },
  {
    what: "a project's name",
    args: withGcp({ project: "My Project" }),
    path: "gcp.project",
    code: "gcp/project",
    fix: "id",
  },
  {
    what: "a zone as the region",
    args: withGcp({ region: "europe-west1-b" }),
    path: "gcp.region",
    code: "gcp/region",
    fix: "write europe-west1",
  },
  {
    what: "a region of another cloud",
    args: withGcp({ region: "eu-central-1" }),
    path: "gcp.region",
    code: "gcp/region",
    fix: "europe-west1",
  },
  {
    what: "a region as a zone",
    args: withGcp({ zones: ["europe-west1"] }),
    path: "gcp.zones[0]",
    code: "gcp/zones",
    fix: "europe-west1-b",
  },
  {
    what: "zones of another region",
    args: withGcp({ zones: ["us-central1-a"] }),
    path: "gcp.zones[0]",
    code: "gcp/zones",
    fix: "europe-west1",
  },
  {
    what: "a zone twice",
    args: withGcp({ zones: ["europe-west1-b", "europe-west1-b"] }),
    path: "gcp.zones[1]",
    code: "list/duplicate",
    fix: "remove",
  },
  { what: "no zones", args: withGcp({ zones: [] }), path: "gcp.zones", code: "gcp/zones", fix: "leave zones out" },
  {
    what: "zones with Autopilot",
    args: { ...serverless, gcp: { ...small.gcp, zones: ["europe-west1-b"] } },
    path: "gcp.zones",
    code: "gcp/autopilot-zones",
    fix: "leave zones out",
  },
  {
    what: "what is no machine type",
    args: withGcp({ machineTypes: { general: "m7g.xlarge" } }),
    path: "gcp.machineTypes.general",
    code: "gcp/machine-type",
    fix: "n4-standard-4",
  },
  {
    what: "an accelerator that Google Cloud has not",
    args: withPool({ gpu: { type: "nvidia-a10" } }),
    path: "pools.general.gpu.type",
    code: "size/gpu-not-offered",
    fix: "nvidia-l4",
  },
  {
    what: "the same beside a machine type",
    args: {
      ...withPool({ gpu: { type: "nvidia-a10" } }),
      gcp: { ...small.gcp, machineTypes: { general: "g2-standard-4" } },
    },
    path: "pools.general.gpu.type",
    code: "size/gpu-not-offered",
    fix: "nvidia-l4",
  },
  {
    what: "accelerators on Arm",
    args: withPool({ gpu: { type: "nvidia-l4" }, arch: "arm64" }),
    path: "pools.general.arch",
    code: "size/arch-not-offered",
    fix: "amd64",
  },
  {
    what: "a node that is too large",
    args: withPool({ cpu: 1000 }),
    path: "pools.general.cpu",
    code: "size/too-large",
    fix: "gcp.machineTypes",
  },
  {
    what: "more accelerators than a machine has",
    args: withPool({ gpu: { type: "nvidia-t4", count: 8 } }),
    path: "pools.general.gpu.count",
    code: "size/gpu-count",
    fix: "4",
  },
  {
    what: "a label of Kubernetes' own",
    args: withPool({ labels: { "node.kubernetes.io/role": "x" } }),
    path: 'pools.general.labels["node.kubernetes.io/role"]',
    code: "label/reserved",
    fix: "your own",
  },
  {
    what: "a label of GKE's own",
    args: withPool({ labels: { "cloud.google.com/gke-spot": "true" } }),
    path: 'pools.general.labels["cloud.google.com/gke-spot"]',
    code: "label/reserved",
    fix: "your own",
  },
  {
    what: "taints on every pool",
    args: withPool({ taints: [{ key: "a", effect: "NoSchedule" }] }),
    path: "pools",
    code: "pools/no-system-nodes",
    fix: "without taints",
  },
  {
    what: "too few addresses for pods",
    args: { ...withPool({ max: 20 }), network: { podCidr: "10.244.0.0/20" } },
    path: "network.podCidr",
    code: "cidr/too-small",
    fix: "/19",
  },
  {
    what: "not even addresses for the pods of one node",
    args: withNetwork({ podCidr: "10.244.0.0/25" }),
    path: "network.podCidr",
    code: "cidr/too-small",
    fix: "/22",
  },
  {
    what: "too few addresses for pods of Autopilot",
    args: { ...serverless, network: { podCidr: "10.244.0.0/22" } },
    path: "network.podCidr",
    code: "cidr/too-small",
    fix: "/17",
  },
  {
    what: "too few addresses for nodes",
    args: { ...withPool({ max: 100 }), network: { cidr: "10.0.0.0/26" } },
    path: "network.cidr",
    code: "cidr/too-small",
    fix: "/25",
  },
  {
    what: "a subnet that Google Cloud does not make",
    args: withNetwork({ cidr: "10.0.0.0/30" }),
    path: "network.cidr",
    code: "cidr/too-small",
    fix: "/20",
  },
  {
    what: "too many addresses for Services",
    args: withNetwork({ serviceCidr: "10.96.0.0/12" }),
    path: "network.serviceCidr",
    code: "cidr/too-large",
    fix: "/16",
  },
  {
    what: "too few addresses for Services",
    args: withNetwork({ serviceCidr: "10.96.0.0/30" }),
    path: "network.serviceCidr",
    code: "cidr/too-small",
    fix: "/20",
  },
  {
    what: "IPv6 addresses",
    args: withNetwork({ podCidr: "fd00::/56" }),
    path: "network.podCidr",
    code: "cidr/family",
    fix: "IPv4",
  },
  {
    what: "IPv6 ranges that may reach the API server",
    args: { ...small, controlPlane: { allowedCidrs: ["2001:db8::/32"] } },
    path: "controlPlane.allowedCidrs[0]",
    code: "cidr/family",
    fix: "IPv4",
  },
  {
    what: "a subnet a zone",
    args: withNetwork({ existing: { ...existing, subnets: ["a", "b", "c"] } }),
    path: "network.existing.subnets",
    code: "network/subnets",
    fix: "one subnet",
  },
  {
    what: "public subnets",
    args: withNetwork({ existing: { ...existing, publicSubnets: ["a"] } }),
    path: "network.existing.publicSubnets",
    code: "network/public-subnets",
    fix: "leave it out",
  },
  {
    what: "no range for pods",
    args: withNetwork({ existing: { id: existing.id, subnets: existing.subnets, serviceRange: "services" } }),
    path: "network.existing.podRange",
    code: "network/secondary-range",
    fix: "podRange",
  },
  {
    what: "no range for Services",
    args: withNetwork({ existing: { id: existing.id, subnets: existing.subnets, podRange: "pods" } }),
    path: "network.existing.serviceRange",
    code: "network/secondary-range",
    fix: "serviceRange",
  },
  {
    what: "one range for both",
    args: withNetwork({ existing: { ...existing, serviceRange: existing.podRange } }),
    path: "network.existing.serviceRange",
    code: "network/secondary-range",
    fix: "another",
  },
  {
    what: "a network of another cloud",
    args: withNetwork({ existing: { ...existing, id: "/subscriptions/1/virtualNetworks/main" } }),
    path: "network.existing.id",
    code: "network/id",
    fix: "global/networks",
  },
  {
    what: "a key of another cloud",
    args: withKey("arn:aws:kms:eu-central-1:111122223333:key/abc"),
    path: "controlPlane.encryptionKey",
    code: "encryption/key-format",
    fix: "cryptoKeys",
  },
  {
    what: "a version of a key",
    args: withKey("projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"),
    path: "controlPlane.encryptionKey",
    code: "encryption/key-format",
    fix: "without a version",
  },
  {
    what: "a key of another region",
    args: withKey("projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"),
    path: "controlPlane.encryptionKey",
    code: "encryption/key-region",
    fix: "europe-west1",
  },
  {
    what: "an administrator without a kind",
    args: { ...small, access: { admins: ["ada@example.com"] } },
    path: "access.admins[0]",
    code: "gcp/admin",
    fix: "user:ada@example.com",
  },
  {
    what: "an account without a kind",
    args: { ...small, access: { admins: ["ci@my-project.iam.gserviceaccount.com"] } },
    path: "access.admins[0]",
    code: "gcp/admin",
    fix: "serviceAccount:ci@my-project.iam.gserviceaccount.com",
  },
  {
    what: "an administrator of another cloud",
    args: { ...small, access: { admins: ["arn:aws:iam::111122223333:role/platform"] } },
    path: "access.admins[0]",
    code: "gcp/admin",
    fix: "group:",
  },
  {
    what: "a tag's key that is no label",
    args: { ...small, tags: { CostCentre: "42" } },
    path: "tags.CostCentre",
    code: "tags/key",
    fix: "costcentre",
  },
  {
    what: "a tag's value that is no label",
    args: { ...small, tags: { owner: "Ada Lovelace" } },
    path: "tags.owner",
    code: "tags/value",
    fix: "ada-lovelace",
  },
  {
    what: "more tags than labels",
    args: { ...small, tags: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`tag${index}`, "x"])) },
    path: "tags",
    code: "tags/too-many",
    fix: "leave some out",
  },
];

describe("what GKE refuses", () => {
  test.each(cases)("$what", ({ args, path, code, fix }) => {
    const problems = gcpProvider.check(specOf(args));
    expect(problems.map((problem) => ({ path: problem.path, code: problem.code }))).toEqual([{ path, code }]);
    for (const problem of problems) {
      expect(problem.fix).toMatch(fix);
      expect(formatProblem(problem)).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  test.each([
    { what: "pools", args: modes.pools },
    { what: "Autopilot", args: modes.autopilot },
    { what: "the least", args: small },
    { what: "a network by name", args: withNetwork({ existing: { ...existing, id: "main" } }) },
    { what: "project and region of the provider", args: { pools: small.pools } },
    {
      what: "every kind of administrator",
      args: {
        ...small,
        access: {
          admins: [
            "user:ada@example.com",
            "group:platform@example.com",
            "serviceAccount:ci@my-project.iam.gserviceaccount.com",
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*",
          ],
        },
      },
    },
  ] as const)("nothing of $what", ({ args }) => {
    expect(gcpProvider.check(specOf(args))).toEqual([]);
  });
});
