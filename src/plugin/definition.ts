/**
 * What a custom resource takes and gives, as data. The package's schema, the
 * type check, the defaults and the list of what forces a replacement are all
 * read from here, so they cannot disagree.
 */
export interface ResourceDefinition {
  readonly token: string;
  readonly description: string;
  readonly inputs: Properties;
  /** Outputs that are not inputs too: every input is also an output. */
  readonly outputs: Properties;
}

export type Properties = Readonly<Record<string, PropertyDefinition>>;

export interface PropertyDefinition {
  readonly type: PropertyType;
  /** For the reference of every language; Markdown. */
  readonly description: string;
  /** Filled in when left out. */
  readonly default?: DefaultValue;
  /** Must be given. @default false: optional, with or without a default */
  readonly required?: boolean;
  /** True when a change needs a new resource. @default false: it is changed in place */
  readonly replaces?: boolean;
  /** True for outputs that are always encrypted. @default false */
  readonly secret?: boolean;
}

export type DefaultValue = string | number | boolean | readonly never[] | Readonly<Record<string, never>>;

export type PropertyType =
  | { readonly kind: "string"; readonly oneOf?: readonly string[] }
  | { readonly kind: "integer"; readonly minimum: number; readonly maximum: number }
  | { readonly kind: "boolean" }
  /** Free keys, each with a text. */
  | { readonly kind: "texts" }
  /** A list of texts. */
  | { readonly kind: "textList" }
  /** Any JSON at all, as another system's own document takes it. */
  | { readonly kind: "any" }
  | { readonly kind: "object"; readonly of: ObjectDefinition }
  | { readonly kind: "list"; readonly of: ObjectDefinition };

/** A nested object, which gets a type of its own in the schema. */
export interface ObjectDefinition {
  readonly token: string;
  readonly description: string;
  readonly properties: Properties;
}
