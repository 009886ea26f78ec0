import type { Artifacts } from "../artifacts/artifacts.js";
import type { Distro } from "../distro/distro.js";
import type { HostFacts } from "../facts.js";
import type { Remote } from "../remote.js";
import type { NodeSpec, OnpremClusterSpec } from "../spec.js";

/** All that is known when it is decided what a host needs: plain data. */
export interface HostView {
  readonly cluster: OnpremClusterSpec;
  readonly node: NodeSpec;
  /** Every control plane that there shall be, this host among them when it is one. */
  readonly controlPlanes: readonly NodeSpec[];
  readonly facts: HostFacts;
  readonly artifacts: Artifacts;
  readonly distro: Distro;
}

/** What a phase works with. */
export interface PhaseTools {
  readonly remote: Remote;
  readonly signal: AbortSignal;
  /** Shows one line beside the host until the next one replaces it. */
  readonly report: (line: string) => void;
}

/**
 * One concern of a host: look, change only what the look lacks, verify. Running
 * it again, or after it was cut off anywhere, does what is left.
 */
export interface HostPhase {
  /** Stable, for journal and tests, for example `kernel`. */
  readonly name: string;
  /** For people, for example `kernel settings`. */
  readonly title: string;
  /** The phase before it where the two have nothing to do with each other, and both take long. */
  beside?(view: HostView): string | undefined;
  /** Why the host needs it, as a clause; undefined when it is as it shall be. Pure. */
  needed(view: HostView): string | undefined;
  /** @throws when the host is not as it shall be afterwards */
  run(view: HostView, tools: PhaseTools): Promise<void>;
}
