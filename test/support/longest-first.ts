import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that run for more than a minute, the longest first. One that began last would run alone while the other workers
 * have nothing left; on a fresh machine vitest knows sizes only, and the longest are among the shortest.
 */
export const longest: readonly string[] = [
  "clouds/azure",
  "clouds/aws",
  "clouds/gcp",
  "clouds/aws-changes",
  "onprem-real/drift",
  "onprem-real/cluster",
  "clouds/contract",
  "engine/plugin-crash",
  "clouds/aws-faults",
  "clouds/interrupted-install",
  "clouds/pains",
  "engine/onprem-fleet",
  "onprem-real/secrets",
  "clouds/in-cluster",
  "onprem-real/mirror",
  "onprem-real/abandoned-worker",
  "onprem-real/bad-hosts",
  "engine/cluster-contract",
  "engine/onprem-inside",
  "engine/cluster-lifecycle",
  "engine/quickstart",
];

/** Among files that may run side by side those first that take longest; all others as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = `${this.ctx.config.root}/test`;
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.indexOf(relative(root, moduleId).replace(/\.test\.ts$/, ""));
      return place === -1 ? longest.length : place;
    };
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    const sorted = await super.sort(files);
    // A stable sort: what is not named keeps its order.
    return sorted.sort((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}
