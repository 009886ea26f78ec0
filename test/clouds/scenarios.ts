import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import { type CloudScenario, describeCloud } from "./describe-cloud.js";

/** Pools as a team has them: one that is always there, and one of spare capacity that keeps ordinary pods out. */
export const twoPools = {
  "isokube:compute": "pools",
  "isokube:pools": {
    general: { cpu: 4, memory: "16Gi", min: 2, max: 6, arch: "arm64", labels: { "example.com/team": "shop" } },
    batch: {
      cpu: 4,
      memory: "16Gi",
      min: 0,
      max: 10,
      spot: true,
      taints: [{ key: "example.com/interruptible", value: "true", effect: "NoSchedule" }],
    },
  },
};

/** Everything on, and reached from one range. */
export const guarded = {
  "isokube:controlPlane": {
    auditLogs: true,
    secretsEncryption: true,
    highlyAvailable: true,
    endpoint: "both",
    allowedCidrs: ["203.0.113.0/24"],
  },
  "isokube:tags": { team: "shop" },
};

export const serverless = { "isokube:compute": "serverless" };

/** One way of having nodes. */
interface Mode extends Pick<CloudScenario, "config" | "drift"> {
  /** For example `Autopilot`. */
  readonly title: string;
  /** Also in a network that is brought along. @default false */
  readonly isBrought?: boolean;
}

interface Modes extends Omit<CloudScenario, "title" | "config" | "drift" | "bring"> {
  readonly bring: (cloud: SimulatedCloud) => Promise<Readonly<Record<string, unknown>>>;
  readonly modes: readonly Mode[];
}

/** Every mode of a cloud in a network that isokube makes, and where it says so in one that is there already. */
export function describeModes({ modes, bring, ...common }: Modes): void {
  for (const { title, isBrought = false, ...mode } of modes) {
    describeCloud({ ...common, ...mode, title: `${common.cloud}, ${title}, network created` });
    if (isBrought) describeCloud({ ...common, ...mode, bring, title: `${common.cloud}, ${title}, network brought` });
  }
}
