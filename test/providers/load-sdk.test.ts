import { expect, test } from "vitest";
import { loadSdk, SdkMissingError } from "../../src/providers/load-sdk.js";

test("a missing SDK is one error that names the install command", () => {
  expect(() => loadSdk("@pulumi/no-such-cloud", "^7.0.0")).toThrow(SdkMissingError);
  expect(() => loadSdk("@pulumi/no-such-cloud", "^7.0.0")).toThrow(
    'the package @pulumi/no-such-cloud is not installed. Fix: npm install "@pulumi/no-such-cloud@^7.0.0".',
  );
});

test("the error names the package to install, whichever part of it was wanted", () => {
  expect(() => loadSdk("@pulumi/no-such-cloud/container")).toThrow(
    "the package @pulumi/no-such-cloud is not installed. Fix: npm install @pulumi/no-such-cloud.",
  );
});

test("an SDK is loaded once, and is the program's own", async () => {
  const pulumi = await import("@pulumi/pulumi");
  const loaded = loadSdk<typeof pulumi>("@pulumi/pulumi");
  expect(loaded.Output).toBe(pulumi.Output);
});
