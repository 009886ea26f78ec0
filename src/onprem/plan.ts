import type { Problem } from "../core/problems.js";

/** What is done to one host, in the words of the preview. */
export interface Step {
  /** Name of the node. */
  readonly node: string;
  /** A host phase's name, or one of the cluster's own. */
  readonly phase: string;
  readonly title: string;
  /** Why, as a clause. */
  readonly why: string;
  /** A phase that may go on meanwhile, where it comes right before this one. */
  readonly beside?: string;
}

/** Steps that may run side by side on different hosts; those of one host run in their order, but for `beside`. */
export interface Stage {
  /** How many hosts at once. */
  readonly concurrency: number;
  readonly steps: readonly Step[];
}

/**
 * What leads from what was seen to what is wanted. With problems nothing of it is
 * done; the stages then tell what the hosts lack all the same, and no more than that.
 */
export interface Plan {
  readonly problems: readonly Problem[];
  readonly stages: readonly Stage[];
  /** What else there is to do shows only when this is done. @default false */
  readonly thenAgain?: boolean;
}
