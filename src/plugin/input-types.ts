import { closestName } from "../core/names.js";
import { formatValue, type Problem } from "../core/problems.js";
import type { DefaultValue, Properties, PropertyDefinition, PropertyType } from "./definition.js";
import { isPropertyMap, Opaque, type PropertyMap, type PropertyValue, Secret, Unknown } from "./properties.js";

/** Path of a property below another, quoted where the key is no plain word: `labels["example.com/team"]`. */
export function childPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The inputs with every default filled in, at every depth; unknown and secret values stay what they are. */
export function fillDefaults(properties: Properties, inputs: PropertyMap): PropertyMap {
  const filled: PropertyMap = {};
  for (const [name, value] of Object.entries(inputs)) {
    const definition = properties[name];
    if (value !== null) filled[name] = definition === undefined ? value : fillNested(definition.type, value);
  }
  for (const [name, definition] of Object.entries(properties)) {
    if (filled[name] === undefined && definition.default !== undefined) filled[name] = copyDefault(definition.default);
  }
  return filled;
}

function fillNested(type: PropertyType, value: PropertyValue): PropertyValue {
  if (type.kind !== "list" && type.kind !== "object") return value;
  if (value instanceof Secret) return new Secret(fillNested(type, value.value));
  if (type.kind === "object") return fillItem(type.of.properties, value);
  if (Array.isArray(value)) return value.map((item) => fillItem(type.of.properties, item));
  return value;
}

function fillItem(properties: Properties, item: PropertyValue): PropertyValue {
  if (item instanceof Secret) return new Secret(fillItem(properties, item.value));
  return isPropertyMap(item) ? fillDefaults(properties, item) : item;
}

function copyDefault(value: DefaultValue): PropertyValue {
  if (typeof value !== "object") return value;
  return Array.isArray(value) ? [] : {};
}

/**
 * Names every input that is missing, misspelt or of the wrong type. Unknown
 * values pass: they are checked again when they are known. Secret values are
 * checked too but never shown.
 */
export function typeProblems(properties: Properties, inputs: PropertyMap, path = "", secret = false): Problem[] {
  const names = Object.keys(properties);
  const misspelt = Object.keys(inputs).filter((name) => inputs[name] !== null && properties[name] === undefined);
  return [
    ...misspelt.map((name) => unknownProperty(childPath(path, name), name, names)),
    ...Object.entries(properties).flatMap(([name, definition]) =>
      propertyProblems(definition, inputs[name] ?? null, childPath(path, name), secret),
    ),
  ];
}

function unknownProperty(path: string, name: string, known: readonly string[]): Problem {
  const meant = closestName(name, known);
  return {
    code: "input/unknown",
    path,
    why: "there is no such property",
    fix: meant === undefined ? `remove it, or use one of ${known.join(", ")}` : `write ${meant}`,
  };
}

function propertyProblems(
  definition: PropertyDefinition,
  value: PropertyValue,
  path: string,
  secret: boolean,
): Problem[] {
  if (value !== null) return valueProblems(definition.type, value, path, secret);
  if (definition.required !== true) return [];
  return [{ code: "input/missing", path, why: "it is required", fix: `give ${describeType(definition.type)}` }];
}

function valueProblems(type: PropertyType, value: PropertyValue, path: string, secret: boolean): Problem[] {
  if (value instanceof Unknown) return [];
  if (value instanceof Secret) return valueProblems(type, value.value, path, true);
  switch (type.kind) {
    case "list":
      if (!Array.isArray(value)) break;
      return value.flatMap((item, index) => itemProblems(type.of.properties, item, childPath(path, index), secret));
    case "object":
      return itemProblems(type.of.properties, value, path, secret);
    case "any":
      if (isPropertyMap(value)) return [];
      break;
    case "textList":
      if (!Array.isArray(value)) break;
      return value.flatMap((text, index) => valueProblems({ kind: "string" }, text, childPath(path, index), secret));
    case "texts":
      if (!isPropertyMap(value)) break;
      return Object.entries(value).flatMap(([key, text]) =>
        valueProblems({ kind: "string" }, text, childPath(path, key), secret),
      );
    default:
      if (matches(type, value)) return [];
  }
  const shown = secret || value instanceof Opaque ? {} : { value };
  return [
    {
      code: "input/type",
      path,
      ...shown,
      why: describeMismatch(type, value, secret),
      fix: `give ${describeType(type)}`,
    },
  ];
}

function itemProblems(properties: Properties, item: PropertyValue, path: string, secret: boolean): Problem[] {
  if (item instanceof Unknown) return [];
  if (item instanceof Secret) return itemProblems(properties, item.value, path, true);
  if (isPropertyMap(item)) return typeProblems(properties, item, path, secret);
  const names = Object.keys(properties).filter((name) => properties[name]?.required === true);
  return [{ code: "input/type", path, why: "it must be an object", fix: `give an object with ${names.join(", ")}` }];
}

function matches(type: PropertyType, value: PropertyValue): boolean {
  switch (type.kind) {
    case "string":
      return typeof value === "string" && (type.oneOf === undefined || type.oneOf.includes(value));
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isInteger(value) && Number(value) >= type.minimum && Number(value) <= type.maximum;
    default:
      return false;
  }
}

function describeType(type: PropertyType): string {
  switch (type.kind) {
    case "string":
      return type.oneOf === undefined ? "a text" : `one of ${type.oneOf.map(formatValue).join(", ")}`;
    case "boolean":
      return "true or false";
    case "integer":
      return type.maximum === Number.MAX_SAFE_INTEGER
        ? `a whole number, at least ${type.minimum}`
        : `a whole number from ${type.minimum} to ${type.maximum}`;
    case "texts":
      return "an object whose values are texts";
    case "any":
    case "object":
      return "an object";
    case "textList":
      return "a list of texts";
    case "list":
      return "a list of objects";
  }
}

function describeMismatch(type: PropertyType, value: PropertyValue, secret: boolean): string {
  const expected: Record<PropertyType["kind"], string> = {
    string: "string",
    boolean: "boolean",
    integer: "number",
    texts: "object",
    any: "object",
    object: "object",
    textList: "list",
    list: "list",
  };
  const given = Array.isArray(value) ? "list" : typeof value;
  if (given !== expected[type.kind]) return `it is a ${given}`;
  return secret ? "its value is not allowed" : `${formatValue(value)} is not allowed`;
}
