import structPb, { type Struct, type Value } from "google-protobuf/google/protobuf/struct_pb.js";

/**
 * Pulumi's property values, apart from how they travel.
 *
 * The protocol writes what JSON has no word for (unknowns, secrets, assets,
 * resource references) as marked strings and objects. Everything in the plugin
 * works on these types instead, so that no mark is ever taken for a user's text.
 */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | Unknown
  | Secret
  | Opaque
  | PropertyValue[]
  | PropertyMap;

export interface PropertyMap {
  [key: string]: PropertyValue;
}

/** A value that is not known before the deployment has run. */
export class Unknown {
  readonly kind = "unknown";
}

/** The one unknown value: all are alike. */
export const unknown = new Unknown();

/** A value that is encrypted in the state and hidden in every display. */
export class Secret {
  readonly kind = "secret";
  constructor(readonly value: PropertyValue) {}
}

/** An asset, archive or resource reference: handed on as it came. */
export class Opaque {
  readonly kind = "opaque";
  constructor(readonly wire: Readonly<Record<string, JsonValue>>) {}
}

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** The first stands for any type; the rest are what older engines send for typed unknowns. */
const unknownMarks: readonly [string, ...string[]] = [
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/** Reads a message's properties; an absent message is an empty map. */
export function unmarshalProperties(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : mapValues(structToJson(struct), decode);
}

/** Writes properties as the engine wants them: unknowns and secrets marked. */
export function marshalProperties(map: PropertyMap): Struct {
  return structPb.Struct.fromJavaScript(encodeMap(map));
}

function decode(value: JsonValue): PropertyValue {
  if (typeof value === "string") return unknownMarks.includes(value) ? unknown : value;
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  const signature = value[signatureKey];
  if (signature === undefined) return mapValues(value, decode);
  if (signature === secretSignature) return new Secret(decode(value["value"] ?? null));
  if (signature === outputSignature) {
    const plain = value["value"] === undefined ? unknown : decode(value["value"]);
    return value["secret"] === true ? new Secret(plain) : plain;
  }
  return new Opaque(value);
}

function encode(value: PropertyValue): JsonValue {
  if (value instanceof Unknown) return unknownMarks[0];
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encode(value.value) };
  if (value instanceof Opaque) return { ...value.wire };
  if (Array.isArray(value)) return value.map(encode);
  return value !== null && typeof value === "object" ? encodeMap(value) : value;
}

function encodeMap(map: PropertyMap): { [key: string]: JsonValue } {
  return mapValues(map, encode);
}

function mapValues<From, To>(map: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

/** Unlike `Value.toJavaScript`, takes a value without a kind for null instead of throwing. */
function toJson(value: Value): JsonValue {
  switch (value.getKindCase()) {
    case structPb.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case structPb.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case structPb.Value.KindCase.STRING_VALUE:
      return value.getStringValue();
    case structPb.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(toJson);
    case structPb.Value.KindCase.STRUCT_VALUE:
      return structToJson(value.getStructValue() ?? new structPb.Struct());
    default:
      return null;
  }
}

function structToJson(struct: Struct): Record<string, JsonValue> {
  const fields: Record<string, JsonValue> = {};
  struct.getFieldsMap().forEach((value, key) => {
    fields[key] = toJson(value);
  });
  return fields;
}

/** True for plain maps: not for arrays, unknowns, secrets or opaque values. */
export function isPropertyMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown || value instanceof Secret || value instanceof Opaque)
  );
}

/** A text that is known; undefined for anything else. */
export function knownText(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value without its secret marks, at every depth: for computing only, never for showing. */
export function reveal(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  return isPropertyMap(value) ? revealMap(value) : value;
}

export function revealMap(map: PropertyMap): PropertyMap {
  return mapValues(map, reveal);
}

export function containsSecret(value: PropertyValue | undefined): boolean {
  return some(value, (each) => each instanceof Secret);
}

export function containsUnknown(value: PropertyValue | undefined): boolean {
  return some(value, (each) => each instanceof Unknown);
}

function some(value: PropertyValue | undefined, is: (value: PropertyValue) => boolean): boolean {
  if (value === undefined) return false;
  if (is(value)) return true;
  if (value instanceof Secret) return some(value.value, is);
  if (Array.isArray(value)) return value.some((each) => some(each, is));
  return isPropertyMap(value) && Object.values(value).some((each) => some(each, is));
}
