import {
  around,
  type BadOnpremCase,
  block,
  goodArgs,
  goodBlock,
  hosts,
  pool,
  threeControlPlanes,
  w1,
  worker,
} from "./case.js";

export const hostCases: readonly BadOnpremCase[] = [
  around("no block", { onprem: undefined }, { code: "target/missing-block", path: "onprem", fix: /add the block/ }),
  block("no hosts", { hosts: {} }, { code: "onprem/no-hosts", path: "onprem.hosts", value: {}, fix: /add a host/ }),
  block(
    "two control planes",
    { hosts: { ...hosts, "cp-2": threeControlPlanes["cp-2"] }, endpoint: { vip: "10.89.0.100" } },
    { code: "onprem/even-control-planes", path: "onprem.hosts", value: 2, fix: /use 1, 3 or 5/ },
  ),
  block(
    "seven control planes",
    {
      hosts: Object.fromEntries(
        [1, 2, 3, 4, 5, 6, 7].map((n) => [`cp-${n}`, { address: `10.89.0.${n}`, role: "controlPlane" }]),
      ),
      endpoint: { vip: "10.89.0.100" },
    },
    { code: "onprem/too-many-control-planes", path: "onprem.hosts", value: 7, fix: /use 3 or 5/ },
  ),
  block(
    "workers only",
    { hosts: { "w-1": hosts["w-1"] } },
    { code: "onprem/no-control-plane", path: "onprem.hosts", value: 0, fix: /role: "controlPlane"/ },
  ),
  around(
    "one control plane that shall survive its loss",
    { controlPlane: { highlyAvailable: true } },
    { code: "onprem/not-highly-available", path: "controlPlane.highlyAvailable", value: true, fix: /3 or 5 hosts/ },
  ),
  worker(
    "one address for two hosts",
    { address: "10.89.0.11" },
    {
      code: "onprem/address-twice",
      path: `${w1}.address`,
      value: "10.89.0.11",
      fix: /the host's own address/,
    },
  ),
  worker(
    "a name in place of an address",
    { address: "w-1.example.com" },
    {
      code: "onprem/address-format",
      path: `${w1}.address`,
      value: "w-1.example.com",
      fix: /IPv4 address/,
    },
  ),
  worker(
    "an IPv6 address",
    { address: "fd00::21" },
    {
      code: "onprem/address-format",
      path: `${w1}.address`,
      value: "fd00::21",
      fix: /IPv4 address/,
    },
  ),
  block(
    "a name that no node can have",
    { hosts: { ...hosts, W_2: { address: "10.89.0.22", role: "worker" } } },
    { code: "name/format", path: "onprem.hosts.W_2", value: "W_2", fix: /rename/ },
  ),
  worker(
    "a role that there is not",
    { role: "master" },
    {
      code: "shape/unknown-choice",
      path: `${w1}.role`,
      value: "master",
      fix: /"worker", "controlPlane"/,
    },
  ),
  worker(
    "a misspelt option of a host",
    { adress: "10.89.0.21" },
    {
      code: "shape/unknown-property",
      path: `${w1}.adress`,
      fix: /did you mean address/,
    },
  ),
  worker(
    "the label that isokube sets",
    { labels: { "isokube.dev/pool": "general" } },
    {
      code: "label/reserved",
      path: `${w1}.labels["isokube.dev/pool"]`,
      value: "isokube.dev/pool",
      fix: /write pool instead/,
    },
  ),
  worker(
    "a taint twice",
    { taints: [1, 2].map(() => ({ key: "dedicated", effect: "NoSchedule" })) },
    {
      code: "list/duplicate",
      path: `${w1}.taints[1]`,
      value: "dedicated:NoSchedule",
      fix: /remove one/,
    },
  ),
];

export const poolCases: readonly BadOnpremCase[] = [
  {
    what: "a pool that there is not",
    args: {
      ...goodArgs,
      pools: { general: pool, batch: pool },
      onprem: { ...goodBlock, hosts: { ...hosts, "w-1": { ...hosts["w-1"], pool: "genral" } } },
    },
    code: "pools/unknown-name",
    path: `${w1}.pool`,
    value: "genral",
    fix: /did you mean "general"/,
  },
  around(
    "a worker in one of several pools",
    { pools: { general: pool, batch: pool } },
    { code: "onprem/which-pool", path: `${w1}.pool`, fix: /"general" or "batch"/ },
  ),
  around(
    "more nodes than there are hosts",
    { pools: { general: { ...pool, min: 2 } } },
    {
      code: "onprem/too-few-hosts",
      path: "pools.general.min",
      value: 2,
      fix: /add hosts with pool: "general", or set min to 1/,
    },
  ),
  around(
    "machines that follow the pods",
    { compute: "serverless" },
    { code: "capability/unsupported", path: "compute", value: "serverless", fix: /"pools"/ },
  ),
];
