import type { HostFacts } from "../facts.js";
import { debian } from "./debian.js";
import type { Distro } from "./distro.js";
import { rhel } from "./rhel.js";

/** Every family that is supported. */
export const distros: readonly Distro[] = [debian, rhel];

/** The family of a host; undefined when it is none of those. */
export function distroOf(facts: Pick<HostFacts, "os">): Distro | undefined {
  return distros.find((distro) => distro.matches(facts.os));
}
