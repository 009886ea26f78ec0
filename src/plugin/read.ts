import { isPropertyMap, type PropertyMap, type PropertyValue, reveal } from "./properties.js";

// Readers of checked inputs: every value is known and of its type, or the check has a hole.

function read<T extends PropertyValue>(map: PropertyMap, name: string, is: (value: PropertyValue) => value is T): T {
  const value = reveal(map[name] ?? null);
  if (is(value)) return value;
  throw new Error(`${name} was not checked`);
}

export function text(map: PropertyMap, name: string): string {
  return read(map, name, (value) => typeof value === "string");
}

/** Undefined when it was left out. */
export function optionalText(map: PropertyMap, name: string): string | undefined {
  const value = reveal(map[name] ?? null);
  return value === null ? undefined : text(map, name);
}

export function number(map: PropertyMap, name: string): number {
  return read(map, name, (value) => typeof value === "number");
}

export function flag(map: PropertyMap, name: string): boolean {
  return read(map, name, (value) => typeof value === "boolean");
}

export function object(map: PropertyMap, name: string): PropertyMap {
  return read(map, name, isPropertyMap);
}

/** Undefined when it was left out. */
export function optionalObject(map: PropertyMap, name: string): PropertyMap | undefined {
  const value = reveal(map[name] ?? null);
  return value === null ? undefined : object(map, name);
}

export function maps(map: PropertyMap, name: string): PropertyMap[] {
  return read(map, name, (value) => Array.isArray(value)).filter(isPropertyMap);
}

export function texts(map: PropertyMap, name: string): Record<string, string> {
  const entries = Object.entries(object(map, name));
  return Object.fromEntries(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}
