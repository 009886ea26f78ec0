import type { BuildName, DownloadName, PartName } from "./names.js";

/** How an executable that is already on the machine tells its version. */
export type Probe =
  /** It is asked: `arguments` make it print a text in which `pattern`'s first group is the version. */
  | { readonly kind: "ask"; readonly arguments: readonly string[]; readonly pattern: RegExp }
  /** It has no way to tell, but is released together with `part` and lies beside it. */
  | { readonly kind: "beside"; readonly part: PartName }
  /** A Pulumi plugin: the name of its folder carries the version. */
  | { readonly kind: "plugin"; readonly plugin: string }
  /** It is not looked for: what is sent to other machines must be static, and come from where the pins say. */
  | { readonly kind: "never" };

export interface Part {
  readonly name: PartName;
  /** The version of the official release, which an executable on the machine must have to be used. */
  readonly version: string;
  readonly purpose: string;
  readonly probe: Probe;
  readonly download: DownloadName;
  readonly build: BuildName;
}
