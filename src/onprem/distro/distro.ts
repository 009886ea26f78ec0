import type { HostFacts } from "../facts.js";
import type { RemoteScript } from "../remote.js";

/** What differs between families of distributions. */
export interface Distro {
  /** For messages, for example `Debian and Ubuntu`. */
  readonly name: string;
  matches(os: HostFacts["os"]): boolean;
  /** Packages that every node needs, and those that only a control plane behind a virtual address needs. */
  readonly packages: { readonly node: readonly string[]; readonly virtualAddress: readonly string[] };
  /** Installs packages from the host's own repositories without asking and without starting what it should not. */
  installPackages(names: readonly string[]): RemoteScript;
  /** Service and file names that differ. */
  readonly containerdService: string;
  readonly caBundle: string;
}
