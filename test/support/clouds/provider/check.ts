import { createHash, randomBytes } from "node:crypto";
import { parseUrn } from "../../../../src/plugin/resource.js";
import { isUnknown } from "../blocks.js";
import type { AutoName, Block, Refusal } from "../model.js";
import { schemaRefusals } from "../schema/check.js";
import { asked, looking, type ResourceContext } from "./context.js";

interface CheckQuestion {
  readonly urn: string;
  readonly inputs: Block;
  /** Of the last deployment; undefined when there was none. */
  readonly oldInputs: Block | undefined;
  readonly randomSeed: Uint8Array;
}

interface CheckAnswer {
  /** What the provider fills in beside the inputs. */
  readonly added: Block;
  readonly refusals: readonly Refusal[];
}

/** What the provider itself says of the inputs, in a preview and before every deployment. */
export function checkInputs(context: ResourceContext, question: CheckQuestion): CheckAnswer {
  const { resource, schema, token, rules } = context;
  const { name } = parseUrn(question.urn);
  const named = resource.autoName === undefined ? {} : autoNamed(resource.autoName, name, question);
  const state = looking(context);
  const defaults =
    resource.defaults?.(asked(context, question.urn, name, { ...question.inputs, ...named }, state)) ?? {};
  const added = Object.fromEntries(
    Object.entries({ ...defaults, ...named }).filter(
      ([property]) => (question.inputs[property] ?? undefined) === undefined,
    ),
  );
  const inputs = { ...question.inputs, ...added };
  const how = { untyped: resource.untyped ?? [], closed: rules.cloud === "azure" };
  const mistakes = schemaRefusals(schema, token, inputs, how);
  // Rules rely on what the schema promises.
  if (mistakes.length > 0) return { added, refusals: mistakes };
  return { added, refusals: resource.check?.(asked(context, question.urn, name, inputs, state)) ?? [] };
}

function autoNamed(rule: AutoName, name: string, { inputs, oldInputs, randomSeed }: CheckQuestion): Block {
  const { property, maximum = 255, separator = "-", digits = 7 } = rule;
  if ((inputs[property] ?? undefined) !== undefined || isUnknown(inputs[property])) return {};
  const stem = `${name.slice(0, maximum - separator.length - digits)}${separator}`;
  const before = oldInputs?.[property];
  const isOurs = typeof before === "string" && before.startsWith(stem) && before.length === stem.length + digits;
  if (isOurs) return { [property]: before };
  const seed = randomSeed.length > 0 ? randomSeed : randomBytes(16);
  return { [property]: stem + createHash("sha256").update(seed).digest("hex").slice(0, digits) };
}
