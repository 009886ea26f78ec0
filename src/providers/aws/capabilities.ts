import type { CapabilityTable } from "../capabilities.js";
import type { ClusterSpec } from "../contract.js";
import { awsFargate, awsPools, awsServerless } from "../matrix-aws.js";
import { type AwsCompute, computeOf } from "./compute-mode.js";

const tables: Readonly<Record<AwsCompute, CapabilityTable>> = {
  nodeGroups: awsPools,
  autoMode: awsServerless,
  fargate: awsFargate,
};

/** What a cluster of this spec gives: Fargate gives less than Auto Mode. */
export const capabilitiesOf = (spec: ClusterSpec): CapabilityTable => tables[computeOf(spec)];
