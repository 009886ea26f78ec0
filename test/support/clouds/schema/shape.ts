/** What an SDK's declarations say a property takes. */
export type TypeShape =
  | { readonly kind: "text" | "number" | "boolean" | "any" }
  /** `open`: the declarations take any text beside the known values. */
  | { readonly kind: "enum"; readonly values: readonly (string | number)[]; readonly open: boolean }
  | { readonly kind: "list" | "map"; readonly of: TypeShape }
  /** A block, by its key in `PackageSchema.blocks`. */
  | { readonly kind: "block"; readonly name: string }
  | { readonly kind: "union"; readonly of: readonly TypeShape[] };

export interface PropertyShape {
  readonly type: TypeShape;
  readonly required: boolean;
}

export type PropertyShapes = Readonly<Record<string, PropertyShape>>;

export interface ResourceShape {
  readonly inputs: PropertyShapes;
  /** Names of all outputs, inputs among them. */
  readonly outputs: readonly string[];
}

/** What the rules of one cloud need of one SDK. */
export interface PackageSchema {
  readonly package: string;
  /** Version of the SDK: the engine asks for a plugin of the same. */
  readonly version: string;
  readonly resources: Readonly<Record<string, ResourceShape>>;
  readonly blocks: Readonly<Record<string, PropertyShapes>>;
}
