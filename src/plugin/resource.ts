import type { Problem } from "../core/problems.js";
import type { PropertyMap } from "./properties.js";

/**
 * One custom resource of the plugin, free of the protocol: the server turns
 * messages into these calls and their results into answers.
 */
export interface CustomResource {
  /** Fills defaults and names everything that is wrong; unknown values pass. Changes nothing. */
  check(request: CheckRequest): Promise<CheckResult>;
  /** Tells what an update would change, and what only a replacement can. Changes nothing. */
  diff(request: DiffRequest): Promise<Diff>;
  /** @throws PartialFailure when something exists that must not be forgotten */
  create(request: CreateRequest, operation: Operation): Promise<ResourceState & { readonly id: string }>;
  /** Undefined when it does not exist. */
  read(request: ReadRequest, operation: Operation): Promise<ReadResult | undefined>;
  /** @throws PartialFailure when it failed half-way */
  update(request: UpdateRequest, operation: Operation): Promise<ResourceState>;
  /** Deleting what is gone already succeeds. */
  delete(request: DeleteRequest, operation: Operation): Promise<void>;
}

/** How an operation stays in touch with the engine while it works. */
export interface Operation {
  /** Aborted by Ctrl-C, by the user's custom timeout, and by the engine's death. */
  readonly signal: AbortSignal;
  /** Shows one line beside the resource until the next one replaces it. */
  status(message: string): void;
  /** Shows lines that stay in the command's output. */
  note(message: string): Promise<void>;
}

export interface CheckRequest {
  readonly urn: string;
  /** The checked inputs of the last deployment; undefined for a resource to be created. */
  readonly oldInputs: PropertyMap | undefined;
  readonly newInputs: PropertyMap;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly problems: readonly Problem[];
}

export interface DiffRequest {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  readonly newInputs: PropertyMap;
}

export type ChangeKind = "add" | "delete" | "update";

export interface PropertyChange {
  readonly path: string;
  readonly kind: ChangeKind;
  /** Only a new resource can have this value. */
  readonly replaces: boolean;
  /** True when the program's inputs differ, false when the world differs from the state. */
  readonly inputChanged: boolean;
}

export interface Diff {
  readonly changes: readonly PropertyChange[];
  /** The old one must be gone before the new one can be. */
  readonly deleteBeforeReplace: boolean;
  /** Outputs that no update changes. */
  readonly stables: readonly string[];
}

export interface ResourceState {
  readonly outputs: PropertyMap;
}

export interface CreateRequest {
  readonly urn: string;
  readonly inputs: PropertyMap;
  /** Answer with what would be, unknown where only the deployment can tell. */
  readonly preview: boolean;
}

export interface ReadRequest {
  readonly urn: string;
  readonly id: string;
  /** Undefined on import, when only the id is known. */
  readonly oldInputs: PropertyMap | undefined;
  readonly oldOutputs: PropertyMap | undefined;
}

export interface ReadResult extends ResourceState {
  readonly id: string;
  readonly inputs: PropertyMap;
}

export interface UpdateRequest extends DiffRequest {
  readonly urn: string;
  readonly preview: boolean;
}

export interface DeleteRequest {
  readonly urn: string;
  readonly id: string;
  /** Newer than what the outputs repeat, where a change of them changed nothing. Undefined with an engine that does not send them. */
  readonly oldInputs: PropertyMap | undefined;
  readonly oldOutputs: PropertyMap;
}

/**
 * The operation failed after it had begun to change the world. The engine keeps
 * the id and the outputs, so that the next update mends and a destroy removes it.
 */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";

  constructor(
    readonly id: string,
    readonly inputs: PropertyMap,
    readonly outputs: PropertyMap,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("; "));
  }
}

/** The resource name and where it belongs, as its URN says. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  readonly type: string;
  readonly name: string;
}

/** Splits `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`; the name may hold `::` itself. */
export function parseUrn(urn: string): UrnParts {
  const [stack = "", project = "", types = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { stack, project, type: types.slice(types.lastIndexOf("$") + 1), name: name.join("::") };
}
