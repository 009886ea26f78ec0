import type { BuildName, PartName } from "./names.js";

/** One `go build`: which pinned module, which main package, which executables come out. */
export interface GoBuild {
  readonly name: BuildName;
  /** The version of what is built; it may differ from the release's where only an older module can be had. */
  readonly version: string;
  /** Folder under `toolchain/go` whose go.mod and go.sum pin everything. */
  readonly module: string;
  /** Another go.mod in that folder (its go.sum beside it). */
  readonly modfile?: string;
  readonly package: string;
  /** Variables that the linker sets, as upstream's releases do. */
  readonly linkerValues: Readonly<Record<string, string>>;
  /**
   * The parts that come out of it and the version each tells of itself. One
   * executable can serve several: it is started through links of their names.
   */
  readonly executables: Readonly<Partial<Record<PartName, string>>>;
  /** Files of a pinned module that the main package embeds from beside itself. */
  readonly embed?: {
    readonly module: string;
    readonly from: string;
    readonly into: string;
    readonly files: readonly string[];
  };
  /**
   * The module whose builds come first, where most of its packages are this one's too. @default `module`
   */
  readonly sharesPackagesOf?: string;
  /** What is built differently from the pinned modules. */
  readonly patches?: readonly ModulePatch[];
}

/** Files of one pinned module that are left out, written anew or changed. */
export interface ModulePatch {
  readonly module: string;
  /** Folders inside the module. */
  readonly without: readonly string[];
  /** Path inside the module → the whole file. */
  readonly files: Readonly<Record<string, string>>;
  /** Path inside the module → what stands in that file → what stands there instead, wherever it does. */
  readonly changes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
