import fc from "fast-check";
import structPb, { type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, test } from "vitest";
import {
  containsSecret,
  containsUnknown,
  marshalProperties,
  Opaque,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
  unknown,
  unmarshalProperties,
} from "../../src/plugin/properties.js";

const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

const wire = (fields: Record<string, JavaScriptValue>) => structPb.Struct.fromJavaScript(fields);

const propertyValue = fc.letrec<{ value: PropertyValue; map: PropertyMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.string(),
    fc.constant(unknown),
    tie("value").map((value) => new Secret(value)),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("map"),
  ),
  map: fc
    .dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 4, noNullPrototype: true })
    .filter((map) => !Object.hasOwn(map, "__proto__")),
}));

describe("values travel unchanged", () => {
  test("whatever they are, nested however deep", () => {
    fc.assert(
      fc.property(propertyValue.map, (map) => {
        const bytes = marshalProperties(map).serializeBinary();
        expect(unmarshalProperties(structPb.Struct.deserializeBinary(bytes))).toEqual(map);
      }),
    );
  });

  test("an asset, an archive or a resource reference is handed on as it came", () => {
    const reference = { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:pulumi:a::b::c:d:E::f", id: "x" };
    const read = unmarshalProperties(wire({ resource: reference }));
    expect(read["resource"]).toBeInstanceOf(Opaque);
    expect(marshalProperties(read).toJavaScript()).toEqual({ resource: reference });
  });
});

describe("what the engine writes", () => {
  test.each([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
  ])("%s is an unknown value", (mark) => {
    expect(unmarshalProperties(wire({ a: mark, b: [mark] }))).toEqual({ a: unknown, b: [unknown] });
  });

  test("a secret", () => {
    const read = unmarshalProperties(wire({ a: { [signature]: secretMark, value: { b: 1 } } }));
    expect(read).toEqual({ a: new Secret({ b: 1 }) });
  });

  test.each([
    [{ value: "x" }, "x"],
    [{ value: "x", secret: true }, new Secret("x")],
    [{}, unknown],
    [{ secret: true }, new Secret(unknown)],
  ])("an output value %j", (fields, expected) => {
    const output = { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...fields };
    expect(unmarshalProperties(wire({ a: output }))).toEqual({ a: expected });
  });

  test("a message without properties is an empty map", () => {
    expect(unmarshalProperties(undefined)).toEqual({});
  });
});

test("secrets and unknowns are found at any depth, and revealing removes the first only", () => {
  const value = { list: [{ deep: new Secret({ inner: unknown }) }] };
  expect([containsSecret(value), containsUnknown(value)]).toEqual([true, true]);
  const revealed = reveal(value);
  expect(revealed).toEqual({ list: [{ deep: { inner: unknown } }] });
  expect([containsSecret(revealed), containsUnknown(revealed)]).toEqual([false, true]);
  expect([containsSecret("x"), containsUnknown(undefined)]).toEqual([false, false]);
});
