import type { Connector } from "../remote.js";

/** How a plan is carried out. */
export interface ApplyOptions {
  readonly connector: Connector;
  readonly signal: AbortSignal;
  /** Host and what is done to it, as one line. */
  readonly report: (line: string) => void;
}
