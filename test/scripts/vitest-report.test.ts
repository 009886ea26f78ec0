import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
// @ts-expect-error the scripts are plain JavaScript
import { describeFailures, readVitestReport } from "../../scripts/lib/vitest-report.mjs";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "isokube-report-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function read(code: number | null, contents: string) {
  const report = join(directory, "report.json");
  writeFileSync(report, contents);
  return readVitestReport({ title: "tests on Node 20", code, report, root: "/repo" });
}

const passing = { status: "passed", fullName: "cluster is made", failureMessages: [] };

test("names every test that failed, with the first line of why and the rest without its stack", () => {
  const failing = {
    status: "failed",
    fullName: "cluster is destroyed",
    failureMessages: [
      "Error: pulumi up ended with 1\n\u001b[31mUpdating\u001b[0m (dev):\n\n  no such host\n    at Engine.up (/repo/engine.ts:3:1)\n    at /repo/a.ts:1:1",
    ],
  };
  const file = { name: "/repo/test/cluster.test.ts", status: "failed", assertionResults: [passing, failing] };
  expect(read(1, JSON.stringify({ numPassedTests: 1, testResults: [file] }))).toEqual({
    passed: 1,
    failures: [
      {
        title: "test/cluster.test.ts: cluster is destroyed: Error: pulumi up ended with 1",
        more: ["Updating (dev):", "  no such host"],
      },
    ],
  });
});

test("counts a file that cannot be loaded, which has no test that could fail", () => {
  const broken = {
    name: "/repo/test/broken.test.ts",
    status: "failed",
    message: "Cannot find module",
    assertionResults: [],
  };
  expect(read(1, JSON.stringify({ numPassedTests: 0, testResults: [broken] })).failures).toEqual([
    { title: "test/broken.test.ts: Cannot find module", more: [] },
  ]);
});

test("a run that ends badly without a failed test has failed all the same", () => {
  const file = { name: "/repo/test/cluster.test.ts", status: "passed", assertionResults: [passing] };
  const report = JSON.stringify({ numPassedTests: 1, testResults: [file] });
  expect(read(1, report).failures).toEqual([{ title: "tests on Node 20: vitest ended with 1", more: [] }]);
  expect(read(0, report)).toEqual({ passed: 1, failures: [] });
});

test("a run that dies before it reports has failed", () => {
  expect(read(null, "{").failures).toEqual([
    {
      title: expect.stringMatching(/^tests on Node 20: vitest ended with null, and its report cannot be read: /),
      more: [],
    },
  ]);
});

test("what failed is told at the end with the end of what it says, and all together no longer than asked", () => {
  const failures = ["one", "two"].map((title) => ({ title, more: ["first", "second", "third"] }));
  expect(describeFailures(failures, 5)).toEqual([
    "failed: one",
    "    second",
    "    third",
    "failed: two",
    "    second",
    "    third",
  ]);
  expect(describeFailures(failures, 1)).toEqual(["failed: one", "failed: two"]);
});
