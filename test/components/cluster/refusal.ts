import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect } from "vitest";
import { Cluster } from "../../../src/components/cluster.js";
import type { ConfiguredClusterArgs } from "../../../src/components/config.js";
import { ValidationError } from "../../../src/core/validation.js";

/** Arguments that are wrong in one way, and what the user is told. */
export interface BadCase {
  readonly what: string;
  readonly args: object;
  readonly code: string;
  readonly path: string;
  /** What is shown of what was written; undefined where nothing may be. */
  readonly value?: unknown;
  readonly fix: RegExp;
}

/** Types that were registered in the test that runs. */
export const registered: string[] = [];

/** Has Pulumi note what is registered in each test of the file. */
export function noteRegistrations(): void {
  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      newResource: (args) => {
        registered.push(args.type);
        return { id: args.name, state: args.inputs };
      },
      call: () => ({}),
    });
  });
  beforeEach(() => {
    registered.length = 0;
  });
}

/** Arguments of any shape, as plain JavaScript or another language would pass them. */
export function written(args: object): ConfiguredClusterArgs {
  const anything: unknown = args;
  return anything as ConfiguredClusterArgs;
}

/** What a cluster of these arguments is refused with, before anything is registered. */
export function refused(args: object): ValidationError {
  try {
    new Cluster("shop", written(args));
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    expect(registered).toEqual([]);
    return error;
  }
  throw new Error("nothing was refused");
}

export function expectRefused({ args, code, path, value, fix }: BadCase): void {
  const { problems, message } = refused(args);
  expect(problems.map((problem) => `${problem.code} ${problem.path}`)).toContain(`${code} ${path}`);
  const found = problems.find((problem) => problem.code === code && problem.path === path);
  expect(found?.value).toEqual(value);
  expect(found?.fix).toMatch(fix);
  expect(message).toContain(path);
}
