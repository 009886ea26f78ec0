import { isBlock, isUnknown } from "../blocks.js";
import type { Block, Refusal, Value } from "../model.js";
import type { PackageSchema, PropertyShapes, TypeShape } from "./shape.js";

/** How strict the provider is about texts that the declarations leave open. */
export interface Strictness {
  /** Properties (by path, without indexes) that are checked no further. */
  readonly untyped: readonly string[];
  /** True where the cloud takes none but the known values of an open enumeration. */
  readonly closed: boolean;
}

/** What the provider's own schema says against the inputs: unknown, missing and mistyped properties, wrong values. */
export function schemaRefusals(schema: PackageSchema, token: string, inputs: Block, how: Strictness): Refusal[] {
  const shape = schema.resources[token];
  if (shape === undefined) return [{ message: `${schema.package} has no resource ${token}` }];
  return new Checker(schema, how).block(shape.inputs, inputs, "");
}

class Checker {
  constructor(
    readonly schema: PackageSchema,
    readonly how: Strictness,
  ) {}

  block(shapes: PropertyShapes, block: Block, path: string): Refusal[] {
    const names = Object.keys(shapes);
    const given = Object.entries(block).filter(([name, value]) => value !== null && name !== "__defaults");
    const missing = names.filter((name) => shapes[name]?.required === true && (block[name] ?? undefined) === undefined);
    return [
      ...given.flatMap(([name, value]) => {
        const inner = child(path, name);
        const shape = shapes[name];
        if (shape !== undefined) return this.value(shape.type, value, inner);
        return this.how.untyped.includes(withoutIndexes(inner)) ? [] : [unknownProperty(inner, name, names)];
      }),
      ...missing.map((name) => ({ path: child(path, name), message: `Missing required argument: "${name}"` })),
    ];
  }

  value(type: TypeShape, value: Value, path: string): Refusal[] {
    if (isUnknown(value) || value === null || this.how.untyped.includes(withoutIndexes(path))) return [];
    switch (type.kind) {
      case "any":
        return [];
      case "text":
        return typeof value === "string" ? [] : [wrongType(path, "a string", value)];
      case "number":
        return typeof value === "number" ? [] : [wrongType(path, "a number", value)];
      case "boolean":
        return typeof value === "boolean" ? [] : [wrongType(path, "a boolean", value)];
      case "enum":
        return this.enumeration(type, value, path);
      case "list":
        if (!isList(value)) return [wrongType(path, "a list", value)];
        return value.flatMap((each, index) => this.value(type.of, each, `${path}[${index}]`));
      case "map":
        if (!isBlock(value)) return [wrongType(path, "a map", value)];
        return Object.entries(value).flatMap(([key, each]) => this.value(type.of, each, child(path, key)));
      case "block":
        if (!isBlock(value)) return [wrongType(path, "an object", value)];
        return this.block(this.schema.blocks[type.name] ?? {}, value, path);
      case "union": {
        const tries = type.of.map((each) => this.value(each, value, path));
        return tries.find((refusals) => refusals.length === 0) ?? tries[0] ?? [];
      }
    }
  }

  enumeration(type: TypeShape & { readonly kind: "enum" }, value: Value, path: string): Refusal[] {
    if (typeof value !== "string" && typeof value !== "number") return [wrongType(path, "a string", value)];
    const same = (known: string | number): boolean => String(known).toLowerCase() === String(value).toLowerCase();
    if (type.values.includes(value) || (type.open && (!this.how.closed || type.values.some(same)))) return [];
    return [{ path, message: `expected ${path} to be one of ${type.values.join(", ")}, got ${value}` }];
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function child(path: string, name: string): string {
  const step = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `["${name}"]`;
  return path === "" || step.startsWith("[") ? `${path}${step}` : `${path}.${step}`;
}

function withoutIndexes(path: string): string {
  return path.replace(/\[\d+\]/g, "");
}

function wrongType(path: string, expected: string, value: Value): Refusal {
  const got = isList(value) ? "a list" : isBlock(value) ? "an object" : `${typeof value} ${JSON.stringify(value)}`;
  return { path, message: `Invalid type: expected ${path} to be ${expected}, got ${got}` };
}

function unknownProperty(path: string, name: string, known: readonly string[]): Refusal {
  const closest = [...known].sort((a, b) => distance(name, a) - distance(name, b))[0];
  const hint = closest === undefined ? "" : `; the closest that there is: "${closest}"`;
  return { path, message: `Invalid or unknown key: an argument named "${name}" is not expected here${hint}` };
}

/** How many letters have to be changed, added or removed. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1]?.toLowerCase() === to[column - 1]?.toLowerCase();
      const changed = (previous[column - 1] ?? 0) + (same ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
