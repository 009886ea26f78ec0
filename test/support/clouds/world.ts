import type { Access, Block } from "./model.js";

/** Where a provider works, from its configuration. */
export interface Settings {
  /** AWS and Google region, Azure location. */
  readonly region: string;
  /** AWS account id, Azure subscription id, Google project id. */
  readonly account: string;
  /** Azure tenant; Google project number; empty on AWS. */
  readonly tenant: string;
  /** Google zone; empty elsewhere. */
  readonly zone: string;
}

/** One resource as the simulated cloud has it: plain data, nothing unknown, secrets revealed. */
export interface SimulatedResource {
  readonly id: string;
  readonly token: string;
  readonly urn: string;
  /** Logical name in the program that made it. */
  readonly name: string;
  /** What the cloud was asked for, as it is now: a drift changes it. */
  readonly inputs: Block;
  /** Inputs and what the cloud added. */
  readonly outputs: Block;
  readonly region: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** How the control plane behind is reached; only clusters. */
  readonly access?: Access;
  /** Why it is broken or unfinished; the next update mends it. */
  readonly broken?: string;
}

/** What is there, as one call sees it: the calls of one simulated cloud follow one another. */
export interface World {
  /** By id or any other handle (ARN, self link); with a token only resources of that type. */
  find(handle: string, token?: string): SimulatedResource | undefined;
  /** Every resource of a type. */
  all(token: string): readonly SimulatedResource[];
  /** Hexadecimal digits that nothing else has, for ids: the same in every run of the same calls. */
  hex(digits: number): string;
  /** Decimal digits, likewise. */
  decimal(digits: number): string;
  /** Now, ISO 8601. */
  readonly now: string;
  /** Kubernetes minors that can be asked for, oldest first, for example `["1.34", "1.35", "1.36"]`. */
  readonly offeredMinors: readonly string[];
  /** Full version of a minor, for example `1.35.3`. */
  fullVersion(minor: string): string | undefined;
}
