import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { configNamespace, misspeltKeys, structureOfText, writtenArguments } from "../../components/config-keys.js";
import { closestName } from "../../core/names.js";
import type { Problem } from "../../core/problems.js";
import { Exit } from "../exit.js";

/** A cluster's arguments, wherever they were written. */
export interface SpecSource {
  /** For headings, for example `stack aws (stacks/Pulumi.aws.yaml)`. */
  readonly title: string;
  readonly written: unknown;
  /** True where values are config keys of a stack. */
  readonly isConfig: boolean;
  /** What is wrong with the keys themselves. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a spec file, or the config of a stack of the project around the folder.
 * @throws Exit naming what is there instead, when there is no such file and no such stack.
 */
export function readSpec(name: string, folder: string): SpecSource {
  const path = resolve(folder, name);
  const isFile = existsSync(path) && statSync(path).isFile();
  if (isFile && stackOfFile(path) === undefined) {
    return { title: name, written: readYaml(path), isConfig: false, problems: [] };
  }
  if (isFile) return fromStack(path, folder, projectAround(dirname(path)));
  if (/\.(?:ya?ml|json)$/.test(name)) throw new Exit(2, `${name}: there is no such file.`);
  const project = projectAround(folder);
  if (project === undefined) {
    throw new Exit(
      2,
      `${name}: this is no file, and there is no Pulumi.yaml in ${folder} or above, so no stack either.`,
    );
  }
  const stacks = stackFiles(project.configFolder);
  const stack = stacks.find((file) => stackOfFile(file) === name);
  if (stack !== undefined) return fromStack(join(project.configFolder, stack), folder, project);
  const known = stacks.flatMap((file) => stackOfFile(file) ?? []);
  const meant = closestName(name, known);
  const there = known.length === 0 ? "no stack has a config here" : `stacks with a config: ${known.join(", ")}`;
  throw new Exit(
    2,
    `${name}: there is no such file and no such stack; ${there}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
  );
}

/** A Pulumi project: where its stacks' configs are, and what they fall back on. */
interface Project {
  readonly configFolder: string;
  readonly defaults: ReadonlyMap<string, unknown>;
}

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

function projectAround(folder: string): Project | undefined {
  const file = projectFiles.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) return dirname(folder) === folder ? undefined : projectAround(dirname(folder));
  const project = asRecord(readYaml(file));
  const configFolder = project["stackConfigDir"] ?? project["config"];
  return {
    configFolder: typeof configFolder === "string" ? resolve(folder, configFolder) : folder,
    defaults: new Map(Object.entries(asRecord(project["config"])).map(([key, value]) => [key, projectDefault(value)])),
  };
}

/** A project gives a default as it is, or beside the type of the key. */
function projectDefault(value: unknown): unknown {
  const { value: plain, default: byType, type } = asRecord(value);
  if (plain !== undefined) return plain;
  return byType !== undefined || type !== undefined ? byType : value;
}

const stackPattern = /^Pulumi\.(?<stack>.+)\.(?:ya?ml|json)$/;

function stackOfFile(path: string): string | undefined {
  return stackPattern.exec(basename(path))?.groups?.["stack"];
}

function stackFiles(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => stackOfFile(file) !== undefined)
        .sort()
    : [];
}

function fromStack(path: string, folder: string, project: Project | undefined): SpecSource {
  const config = new Map([
    ...(project?.defaults ?? []),
    ...Object.entries(asRecord(asRecord(readYaml(path))["config"])),
  ]);
  const read = (key: string) => readable(config.get(`${configNamespace}:${key}`));
  return {
    title: `stack ${stackOfFile(path) ?? ""} (${relative(folder, path)})`,
    written: writtenArguments(
      (key) => textOf(read(key)),
      (key) => {
        const value = read(key);
        return typeof value === "string" ? structureOfText(value) : value;
      },
    ),
    isConfig: true,
    problems: misspeltKeys([...config.keys()]),
  };
}

/** As the engine hands it to a program: numbers and flags are text. */
function textOf(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** Encrypted values stay what they are: something that is known only later. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "secure" && typeof only[1] === "string") return pulumi.secret(only[1]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, readable(inner)]));
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    throw new Exit(2, `${path}: this is neither YAML nor JSON: ${reason}`);
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
