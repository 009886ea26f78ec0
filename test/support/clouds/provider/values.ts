import {
  containsSecret,
  isPropertyMap,
  Opaque,
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
  unknown,
} from "../../../../src/plugin/properties.js";
import type { Block, Value } from "../model.js";
import type { ResourceShape } from "../schema/shape.js";

/** What rules see of properties: secrets revealed, references and assets as the text that stands for them. */
export function toBlock(map: PropertyMap): Block {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toValue(value)]));
}

function toValue(value: PropertyValue): Value {
  if (value instanceof Secret) return toValue(value.value);
  if (value instanceof Opaque) return typeof value.wire["id"] === "string" ? value.wire["id"] : "";
  if (value instanceof Unknown) return value;
  if (Array.isArray(value)) return value.map(toValue);
  return isPropertyMap(value) ? toBlock(value) : value;
}

/** The way back; properties whose input was secret are secret again. */
export function toProperties(block: Block, inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(block).map(([name, value]) => {
      const plain = toProperty(value);
      return [name, containsSecret(inputs[name]) ? new Secret(plain) : plain];
    }),
  );
}

function toProperty(value: Value): PropertyValue {
  if (value instanceof Unknown || value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(toProperty);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toProperty(each)]));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** What a program sees of a resource: only what the SDK declares. */
export function visibleOutputs(shape: ResourceShape, outputs: Block): Block {
  const names = new Set(shape.outputs);
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => names.has(name)));
}

/** Outputs of a resource that is still to be created: what was not given is not known. */
export function previewOutputs(shape: ResourceShape, inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(shape.outputs.map((name) => [name, inputs[name] ?? unknown]));
}
