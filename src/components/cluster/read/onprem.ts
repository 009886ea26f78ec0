import {
  block,
  choice,
  flag,
  integer,
  listOf,
  mapOf,
  optional,
  required,
  type Shape,
  text,
} from "../../../core/shape.js";
import type { OnpremOptions } from "../../../providers/contract.js";
import { leaf, leafMap, taints } from "./leaves.js";

type Part<Key extends keyof OnpremOptions> = NonNullable<OnpremOptions[Key]>;
type Host = OnpremOptions["hosts"][string];
type Ssh = OnpremOptions["ssh"];

const port = integer(1, 65535);

const bastion = block<NonNullable<Ssh["bastion"]>>({
  address: required(leaf),
  user: optional(leaf),
  port: optional(port),
  privateKeyFile: optional(text),
  agent: optional(flag),
  knownHostsFile: optional(text),
  hostKey: optional(leaf),
});

const connection = {
  port: optional(port),
  privateKeyFile: optional(text),
  agent: optional(flag),
  knownHostsFile: optional(text),
  bastion: optional(bastion),
};

const sudo = block<Part<"sudo">>({
  mode: required(choice(["none", "passwordless", "password"])),
  passwordVariable: optional(text),
});

const host = block<Host>({
  address: required(leaf),
  role: required(choice(["worker", "controlPlane"])),
  pool: optional(text),
  labels: optional(leafMap),
  taints: optional(taints),
  hostKey: optional(leaf),
  ssh: optional(block<Partial<Ssh>>({ user: optional(leaf), ...connection })),
  sudo: optional(sudo),
});

type Digests = NonNullable<Part<"artifacts">["digests"]>;
const programDigests = block<NonNullable<Digests["amd64"]>>({
  kubelet: required(text),
  kubeadm: required(text),
  kubectl: required(text),
  cniPlugins: optional(text),
});

/** Fields of Kubernetes' own configuration files, which Kubernetes itself reads. */
const freeForm: Shape<Record<string, unknown>> = mapOf({ placeholder: undefined, read: (value: unknown) => value });

/** What `OnpremOptions` is read with. */
export const onpremOptions: Shape<OnpremOptions> = block<OnpremOptions>({
  hosts: required(mapOf(host)),
  ssh: required(block<Ssh>({ user: required(leaf), ...connection })),
  sudo: optional(sudo),
  endpoint: optional(
    block<Part<"endpoint">>({ vip: optional(leaf), routerId: optional(integer(1, 255)), external: optional(leaf) }),
  ),
  artifacts: optional(
    block<Part<"artifacts">>({
      bundle: optional(text),
      publicKeyFile: optional(text),
      binaries: optional(text),
      images: optional(text),
      digests: optional(
        block<Digests>({
          amd64: optional(programDigests),
          arm64: optional(programDigests),
        }),
      ),
    }),
  ),
  loadBalancer: optional(block<Part<"loadBalancer">>({ addresses: required(listOf(text)) })),
  storage: optional(block<Part<"storage">>({ path: optional(text), fastPath: optional(text) })),
  cni: optional(choice(["kube-router"])),
  hostSettings: optional(
    block<Part<"hostSettings">>({
      cgroupDriver: optional(choice(["systemd", "cgroupfs"])),
      failCgroupV1: optional(flag),
      failSwapOn: optional(flag),
      restrictOomScoreAdj: optional(flag),
      kubelet: optional(freeForm),
      kubeProxy: optional(freeForm),
    }),
  ),
  maxUnavailable: optional(integer(1, 1000)),
  drainTimeoutSeconds: optional(integer(1, 7200)),
  onDestroy: optional(choice(["reset", "leave"])),
});
