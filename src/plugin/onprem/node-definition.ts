import type { ObjectDefinition, Properties } from "../definition.js";

const ssh = {
  user: { type: { kind: "string" }, required: true, description: "User to log in as." },
  port: { type: { kind: "integer", minimum: 1, maximum: 65_535 }, default: 22, description: "Port of the SSH server." },
  hostKey: {
    type: { kind: "string" },
    description:
      "What the host must prove to be: a public key such as `ssh-ed25519 AAAA…`, or a fingerprint such as `SHA256:…`. " +
      "Left out where the known-hosts file decides.",
  },
  knownHostsFile: {
    type: { kind: "string" },
    default: "~/.ssh/known_hosts",
    description: "File in OpenSSH's known_hosts format.",
  },
  privateKeyFile: {
    type: { kind: "string" },
    description: "File of the private key. Left out where the agent has it.",
  },
  agent: { type: { kind: "boolean" }, default: true, description: "Whether the agent of `SSH_AUTH_SOCK` is asked." },
} satisfies Properties;

const bastion = {
  token: "isokube:onprem:Bastion",
  description: "A host to go through.",
  properties: { address: { type: { kind: "string" }, required: true, description: "Address of the bastion." }, ...ssh },
} satisfies ObjectDefinition;

const sshDefinition = {
  token: "isokube:onprem:Ssh",
  description: "How a host is reached. Keys are named by where they are, never given.",
  properties: { ...ssh, bastion: { type: { kind: "object", of: bastion }, description: "A host to go through." } },
} satisfies ObjectDefinition;

const sudo = {
  token: "isokube:onprem:Sudo",
  description: "How commands become root's.",
  properties: {
    kind: {
      type: { kind: "string", oneOf: ["none", "passwordless", "password"] },
      required: true,
      description: "`none` where the user is root.",
    },
    variable: {
      type: { kind: "string" },
      description: "Environment variable that holds the password, where Pulumi runs. With `password` only.",
    },
  },
} satisfies ObjectDefinition;

const host = {
  token: "isokube:onprem:Host",
  description: "A machine and how it is reached.",
  properties: {
    address: {
      type: { kind: "string" },
      required: true,
      description: "Address in the hosts' network; also the node's internal address.",
    },
    ssh: { type: { kind: "object", of: sshDefinition }, required: true, description: "How it is reached." },
    sudo: { type: { kind: "object", of: sudo }, required: true, description: "How commands become root's." },
  },
} satisfies ObjectDefinition;

const taint = {
  token: "isokube:onprem:Taint",
  description: "Keeps pods off a node unless they tolerate it.",
  properties: {
    key: { type: { kind: "string" }, required: true, description: "The taint's key." },
    value: { type: { kind: "string" }, description: "The taint's value." },
    effect: {
      type: { kind: "string", oneOf: ["NoSchedule", "PreferNoSchedule", "NoExecute"] },
      required: true,
      description: "What happens to pods that do not tolerate it.",
    },
  },
} satisfies ObjectDefinition;

const needs = {
  token: "isokube:onprem:Needs",
  description: "What a host must have at least.",
  properties: {
    cpu: { type: { kind: "string" }, required: true, description: "Cores, as a Kubernetes quantity." },
    memory: { type: { kind: "string" }, required: true, description: "Memory, as a Kubernetes quantity." },
    arch: {
      type: { kind: "string", oneOf: ["amd64", "arm64"] },
      required: true,
      description: "Processor architecture.",
    },
  },
} satisfies ObjectDefinition;

export const nodeDefinition = {
  token: "isokube:onprem:Node",
  description: "A host and what it is in the cluster.",
  properties: {
    name: { type: { kind: "string" }, required: true, description: "Name of the node; a DNS label." },
    role: {
      type: { kind: "string", oneOf: ["controlPlane", "worker"] },
      required: true,
      description: "What runs on it.",
    },
    host: { type: { kind: "object", of: host }, required: true, description: "The machine." },
    pool: { type: { kind: "string" }, required: true, description: "Value of the label `isokube.dev/pool`." },
    labels: { type: { kind: "texts" }, default: {}, description: "More labels." },
    taints: { type: { kind: "list", of: taint }, default: [], description: "Every taint that the node has." },
    needs: { type: { kind: "object", of: needs }, description: "What the host must have at least." },
  },
} satisfies ObjectDefinition;
