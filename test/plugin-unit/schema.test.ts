import { describe, expect, test } from "vitest";
import { definitions } from "../../src/plugin/resources.js";
import { renderSchema } from "../../src/plugin/schema.js";

const text = JSON.stringify(renderSchema("1.2.3", definitions));
const schema = JSON.parse(text);
const resource = schema.resources["isokube:local:ControlPlane"];

describe("the package schema", () => {
  test("names the package and its version", () => {
    expect(schema).toMatchObject({ name: "isokube", version: "1.2.3" });
  });

  test("has every input among the outputs, and every output required", () => {
    expect(Object.keys(resource.properties)).toEqual(expect.arrayContaining(Object.keys(resource.inputProperties)));
    expect([...resource.required].sort()).toEqual(Object.keys(resource.properties).sort());
    expect(resource.requiredInputs).toEqual(["pools"]);
  });

  test("holds every custom resource of the plugin", () => {
    expect(Object.keys(schema.resources)).toEqual([
      "isokube:local:ControlPlane",
      "isokube:onprem:ControlPlane",
      "isokube:onprem:Worker",
      "isokube:index:ReplacementGuard",
    ]);
  });

  test("refers to types that it defines, and defines none that is not used", () => {
    const used = [...text.matchAll(/"\$ref":"#\/types\/([^"]+)"/g)].map(([, token]) => token);
    expect([...new Set(used)].sort()).toEqual(Object.keys(schema.types).sort());
  });

  test("describes every property", () => {
    const properties = [resource, ...Object.values<{ properties: object }>(schema.types)].flatMap((type) =>
      Object.entries<{ description?: string }>({ ...type.properties, ...type.inputProperties }),
    );
    expect(properties.filter(([, { description }]) => (description ?? "").length < 10)).toEqual([]);
  });

  test("marks the kubeconfig as secret, and what forces a replacement", () => {
    expect(resource.properties.kubeconfig.secret).toBe(true);
    const replacing = Object.keys(resource.inputProperties).filter(
      (name) => resource.inputProperties[name].willReplaceOnChanges,
    );
    expect(replacing).toEqual(["clusterName", "podCidr", "serviceCidr"]);
  });

  test("gives the defaults that the check fills in", () => {
    expect(resource.inputProperties.podCidr.default).toBe("10.244.0.0/16");
    expect(schema.types["isokube:local:Pool"].properties.arch).toMatchObject({
      default: "amd64",
      description: expect.stringContaining("One of `amd64`, `arm64`"),
    });
  });
});
