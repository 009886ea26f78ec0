import { beforeAll, describe, expect, test } from "vitest";
import { graphOf, startRecording } from "./graph.js";
import { modes } from "./specs.js";

beforeAll(startRecording);

describe("the resources of an AKS cluster", () => {
  test.each(modes)("$mode", async ({ args }) => {
    const { graph } = await graphOf(args);
    expect(graph).toMatchSnapshot();
  });
});
