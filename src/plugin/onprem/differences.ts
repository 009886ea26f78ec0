import type { PropertyMap } from "../properties.js";
import { differences } from "../property-diff.js";
import type { PropertyChange } from "../resource.js";

/** How a host is reached and worked on: a change of it changes no host. */
const howNotWhat = [
  /^artifacts(\.|$)/,
  /^maxUnavailable$/,
  /^drainTimeoutSeconds$/,
  /^onDestroy$/,
  /^controlPlanes(\[|$)/,
  /^workers(\[|$)/,
  /\.host\.(ssh|sudo)(\.|$)/,
];

/** Differences of the inputs that mean something for the hosts. */
export function meaningfulChanges(
  before: PropertyMap,
  after: PropertyMap,
  replaces: (path: string) => boolean,
): PropertyChange[] {
  return differences(before, after)
    .filter(({ path }) => !path.startsWith("health") && !howNotWhat.some((how) => how.test(path)))
    .map(({ path, kind }) => ({ path, kind, replaces: replaces(path), inputChanged: true }));
}
