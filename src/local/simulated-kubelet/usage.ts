import { parseQuantity } from "../../core/quantity.js";

/**
 * The simulated use of a pod as a whole, shared by its containers in proportion
 * to their requests: a quantity (`180m`, `64Mi`) or a percentage of the requests
 * (`90%`). With a container's name appended (`simulation.isokube.dev/cpu.web`)
 * it is the use of that container alone.
 */
export const usageAnnotations = {
  cpu: "simulation.isokube.dev/cpu",
  memory: "simulation.isokube.dev/memory",
} as const;

export type Resource = keyof typeof usageAnnotations;

/** What a container uses when nothing is said: some of its request, or a little. Cores and bytes. */
const idle = {
  cpu: { share: 0.1, unrequested: 0.001 },
  memory: { share: 0.25, unrequested: 8 * 1024 * 1024 },
} as const satisfies Record<Resource, { share: number; unrequested: number }>;

const billion = 1e9;

export interface UsageContainer {
  readonly name: string;
  readonly requests: Readonly<Record<string, string>>;
}

/** Cores or bytes; undefined when the text is neither a quantity nor a percentage. */
function amount(text: string, request: number): number | undefined {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text.trim())?.[1];
  if (percent !== undefined) return (Number(percent) / 100) * request;
  const parsed = parseQuantity(text.trim());
  return parsed === undefined || parsed < 0n ? undefined : Number(parsed) / billion;
}

function requestOf(container: UsageContainer, resource: Resource): number {
  return amount(container.requests[resource] ?? "0", 0) ?? 0;
}

/**
 * Simulated use of each of a pod's running containers, in cores or bytes.
 * A value that cannot be read counts as none: a typing error must not look like load.
 */
export function usageOf(
  containers: readonly UsageContainer[],
  annotations: Readonly<Record<string, string>>,
  resource: Resource,
): ReadonlyMap<string, number> {
  const key = usageAnnotations[resource];
  const requests = containers.map((container) => requestOf(container, resource));
  const total = requests.reduce((sum, request) => sum + request, 0);
  const whole = annotations[key];
  const wholeAmount = whole === undefined ? undefined : amount(whole, total);
  return new Map(
    containers.map((container, index): [string, number] => {
      const request = requests[index] ?? 0;
      const own = annotations[`${key}.${container.name}`];
      const ownAmount = own === undefined ? undefined : amount(own, request);
      if (ownAmount !== undefined) return [container.name, ownAmount];
      if (wholeAmount !== undefined) {
        return [container.name, wholeAmount * (total > 0 ? request / total : 1 / containers.length)];
      }
      const { share, unrequested } = idle[resource];
      return [container.name, request > 0 ? request * share : unrequested];
    }),
  );
}
