import type { Layout, Ports, ProcessName } from "../layout.js";
import type { LocalBinaries, LocalClusterSpec } from "../spec.js";

/** Everything the rendering of a process may depend on; nothing is read from elsewhere. */
export interface RenderContext {
  readonly layout: Layout;
  readonly spec: LocalClusterSpec;
  readonly ports: Ports;
  readonly binaries: LocalBinaries;
  /** The Node executable that runs the simulated kubelet, and its program. */
  readonly node: string;
  readonly simulatedKubeletProgram: string;
  /** Base64; see `ensureEncryptionKey`. */
  readonly encryptionKey: string;
}

/** How one process is started, as data. */
export interface ProcessPlan {
  readonly name: ProcessName;
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Configuration files to write first, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Certificates and keys it reads: when one is renewed, the process is restarted. */
  readonly reads: readonly string[];
}

/** The certificate and key a process uses, by the names of the two files. */
export function pair(layout: Layout, name: string): readonly [certificate: string, key: string] {
  return [layout.certificate(name), layout.key(name)];
}
