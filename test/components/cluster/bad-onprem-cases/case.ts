import type { BadCase } from "../refusal.js";

/** Arguments that are good, one host of each kind. */
export const hosts = {
  "cp-1": { address: "10.89.0.11", role: "controlPlane" },
  "w-1": { address: "10.89.0.21", role: "worker" },
};
export const threeControlPlanes = {
  ...hosts,
  "cp-2": { address: "10.89.0.12", role: "controlPlane" },
  "cp-3": { address: "10.89.0.13", role: "controlPlane" },
};
export const goodBlock = { hosts, ssh: { user: "ubuntu" } };
export const goodArgs = { target: "onprem", onprem: goodBlock };

export const pool = { cpu: 2, memory: "4Gi", min: 0, max: 3 };
export const key = (algorithm: string, data = 32): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(algorithm.length);
  return Buffer.concat([length, Buffer.from(algorithm), Buffer.alloc(data)]).toString("base64");
};
export const goodKeys = [
  `ssh-ed25519 ${key("ssh-ed25519")}`,
  `ecdsa-sha2-nistp256 ${key("ecdsa-sha2-nistp256")} a comment`,
  `SHA256:${"a".repeat(43)}`,
];

export interface BadOnpremCase extends BadCase {
  /** Paths of what is wrong besides. */
  readonly also?: readonly string[];
}

type Wrong = Omit<BadOnpremCase, "what" | "args">;

export const block = (what: string, change: object, wrong: Wrong): BadOnpremCase => ({
  what,
  args: { ...goodArgs, onprem: { ...goodBlock, ...change } },
  ...wrong,
});
export const worker = (what: string, change: object, wrong: Wrong): BadOnpremCase =>
  block(what, { hosts: { ...hosts, "w-1": { ...hosts["w-1"], ...change } } }, wrong);
export const around = (what: string, change: object, wrong: Wrong): BadOnpremCase => ({
  what,
  args: { ...goodArgs, ...change },
  ...wrong,
});

/** Path of the only worker. */
export const w1 = "onprem.hosts.w-1";
