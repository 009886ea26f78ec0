import { describe, expect, test } from "vitest";
import { addonImages, bundledImages } from "../../../src/core/addon-images.js";
import { addonArchive, addonNames, clusterArchives } from "../../../toolchain/images/recipes.js";
import { resolveKubernetesRelease } from "../../../toolchain/versions.js";

const release = resolveKubernetesRelease();
const images = [...clusterArchives(release), ...addonNames.map((name) => addonArchive(name, release))].flatMap(
  (archive) => archive.images,
);

/** What nothing but a registry has. */
const { csrApprover, ...built } = addonImages;

describe("the images of add-ons in a bundle", () => {
  test.each(Object.values({ ...built, ...bundledImages }))("hold %s, at the version that is built", (name) => {
    const recipe = images.find((image) => image.name === name);
    expect(name.replace(/.*:v?/, "")).toBe(recipe?.version);
  });

  test.each([csrApprover])("do not call anything of their own %s", (name) => {
    expect(images.map((image) => image.name)).not.toContain(name);
  });
});
