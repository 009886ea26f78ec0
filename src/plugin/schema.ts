import type {
  ObjectDefinition,
  Properties,
  PropertyDefinition,
  PropertyType,
  ResourceDefinition,
} from "./definition.js";

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Renders the Pulumi package schema, from which the SDK of every language and
 * the reference are generated. Pure; the format is Pulumi's package meta-schema.
 */
export function renderSchema(version: string, resources: readonly ResourceDefinition[]): Json {
  const nested = resources.flatMap(({ inputs, outputs }) => [inputs, outputs].flatMap(nestedObjects));
  return {
    name: "isokube",
    displayName: "isokube",
    version,
    description: "The same Kubernetes cluster and the same workload on any cloud, on premises, or on this machine.",
    keywords: ["pulumi", "kubernetes", "isokube", "category/infrastructure", "kind/native"],
    license: "Apache-2.0",
    publisher: "isokube",
    config: {},
    provider: { description: "Runs isokube's own custom resources; it needs no configuration." },
    types: Object.fromEntries(
      nested.map(({ token, description, properties }) => [
        token,
        { type: "object", description, properties: renderProperties(properties), required: requiredNames(properties) },
      ]),
    ),
    resources: Object.fromEntries(
      resources.map(({ token, description, inputs, outputs }) => [
        token,
        {
          description,
          inputProperties: renderProperties(inputs),
          requiredInputs: requiredNames(inputs),
          properties: renderProperties({ ...withoutDefaults(inputs), ...outputs }),
          // Every output is there once the resource is: optional inputs come back with their defaults.
          required: Object.keys({ ...inputs, ...outputs }).sort(),
        },
      ]),
    ),
    functions: {},
    language: { nodejs: { respectSchemaVersion: true }, python: { respectSchemaVersion: true } },
  };
}

function renderProperties(properties: Properties): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, renderProperty(property)]));
}

function renderProperty(property: PropertyDefinition): Json {
  const description =
    property.type.kind === "string" && property.type.oneOf !== undefined
      ? `${property.description} One of ${property.type.oneOf.map((value) => `\`${value}\``).join(", ")}.`
      : property.description;
  return {
    ...renderType(property.type),
    description,
    // The schema knows defaults of plain values only; empty lists and maps are what leaving out means anyway.
    ...(typeof property.default === "object" || property.default === undefined ? {} : { default: property.default }),
    ...(property.secret === true ? { secret: true } : {}),
    ...(property.replaces === true ? { willReplaceOnChanges: true } : {}),
  };
}

function renderType(type: PropertyType): { [key: string]: Json } {
  switch (type.kind) {
    case "string":
    case "boolean":
    case "integer":
      return { type: type.kind };
    case "texts":
      return { type: "object", additionalProperties: { type: "string" } };
    case "textList":
      return { type: "array", items: { type: "string" } };
    case "any":
      return { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } };
    case "object":
      return { $ref: `#/types/${type.of.token}` };
    case "list":
      return { type: "array", items: { $ref: `#/types/${type.of.token}` } };
  }
}

function withoutDefaults(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, { default: _, ...property }]) => [name, property]));
}

function requiredNames(properties: Properties): string[] {
  return Object.keys(properties)
    .filter((name) => properties[name]?.required === true)
    .sort();
}

function nestedObjects(properties: Properties): ObjectDefinition[] {
  return Object.values(properties).flatMap(({ type }) =>
    type.kind === "list" || type.kind === "object" ? [type.of, ...nestedObjects(type.of.properties)] : [],
  );
}
