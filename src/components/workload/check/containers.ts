import { dnsLabelProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { known } from "../leaf.js";
import { allContainers, type ContainerSpec, type WorkloadSpec } from "../spec.js";
import { checkEnv } from "./env.js";
import { checkImage } from "./image.js";
import { checkProbes } from "./probes.js";
import { checkResources } from "./resources.js";

export function checkContainers(spec: WorkloadSpec): Problem[] {
  const none: Problem[] =
    spec.containers.length > 0
      ? []
      : [
          {
            code: "container/none",
            path: "containers",
            why: "a workload needs at least one container",
            fix: 'add one, for example containers: { web: { image: "registry/web:1.0", ... } }',
          },
        ];
  return [
    ...none,
    ...checkUser("security", spec.security.runAsUser),
    ...allContainers(spec).flatMap((container) => checkContainer(container)),
    ...checkContainerNames(spec),
    ...checkPorts(spec),
  ];
}

function checkContainer(container: ContainerSpec): Problem[] {
  const image = known(container.image);
  const nameProblem = dnsLabelProblem(container.name);
  return [
    ...(nameProblem === undefined
      ? []
      : [
          {
            code: "container/name",
            path: container.path,
            value: container.name,
            why: `the name ${nameProblem}`,
            fix: "rename the container",
          },
        ]),
    ...(image === undefined ? [] : checkImage(`${container.path}.image`, image)),
    ...checkEnv(container),
    ...checkResources(container.resources),
    ...checkProbes(container),
    ...checkUser(`${container.path}.security`, container.runAsUser),
  ];
}

function checkUser(path: string, user: number | undefined): Problem[] {
  if (user !== 0) return [];
  return [
    {
      code: "security/root",
      path: `${path}.runAsUser`,
      value: 0,
      why: "user 0 is root, which the Pod Security Standard restricted refuses",
      fix: "choose a numeric user other than 0 that the image can run as",
    },
  ];
}

/** Kubernetes keeps all containers of a pod, init ones included, in one space of names. */
function checkContainerNames(spec: WorkloadSpec): Problem[] {
  return clashes(allContainers(spec), ({ name }) => name).map(([first, second]) => ({
    code: "container/name-clash",
    path: second.path,
    value: second.name,
    why: `${first.path} has the same name, and names are unique among all containers of a pod`,
    fix: "rename one of them",
  }));
}

function checkPorts(spec: WorkloadSpec): Problem[] {
  const ports = allContainers(spec).flatMap((container) => container.ports);
  return [
    ...clashes(ports, ({ name }) => name).map(([first, second]) => ({
      code: "port/name-clash",
      path: second.path,
      value: second.name,
      why: `${first.path} has the same name, and port names are unique in a pod`,
      fix: "rename one of them",
    })),
    ...clashes(ports, ({ port, protocol }) => `${port}/${protocol}`).map(([first, second]) => ({
      code: "port/number-clash",
      path: second.path,
      value: second.port,
      why: `${first.path} listens on the same port, and the containers of a pod share one network`,
      fix: "give one of them another number",
    })),
  ];
}

/** Pairs of an item and an earlier one with the same key. */
function clashes<T>(items: readonly T[], keyOf: (item: T) => string): [first: T, second: T][] {
  const seen = new Map<string, T>();
  const found: [T, T][] = [];
  for (const item of items) {
    const first = seen.get(keyOf(item));
    if (first === undefined) seen.set(keyOf(item), item);
    else found.push([first, item]);
  }
  return found;
}
