import type * as pulumi from "@pulumi/pulumi";
import {
  block,
  choice,
  flag,
  integer,
  listOf,
  mapOf,
  optional,
  orLater,
  required,
  type Shape,
  text,
} from "../../../core/shape.js";
import { isLater } from "../../workload/leaf.js";
import type { TaintArgs } from "../args.js";

export const leaf: Shape<pulumi.Input<string>> = orLater(text, isLater<string>);

export const leafMap = mapOf(leaf);

export const laterFlag: Shape<pulumi.Input<boolean>> = orLater(flag, isLater<boolean>);

export const wholeNumber = (min: number, max: number): Shape<pulumi.Input<number>> =>
  orLater(integer(min, max), isLater<number>);

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;
const effect: Shape<TaintArgs["effect"]> = orLater(choice(effects), isLater<(typeof effects)[number]>);

/** Taints of a pool's nodes, or of one host. */
export const taints = listOf(
  block<TaintArgs>({ key: required(leaf), value: optional(leaf), effect: required(effect) }),
);
