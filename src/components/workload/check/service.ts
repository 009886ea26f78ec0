import { parseCidr } from "../../../core/cidr.js";
import { closestName, portNameProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import { known } from "../leaf.js";
import { allContainers, type ServiceSpec, type WorkloadSpec } from "../spec.js";

export function checkService(spec: WorkloadSpec): Problem[] {
  const names = allContainers(spec)
    .flatMap(({ ports }) => ports)
    .flatMap((port) => {
      const why = portNameProblem(port.name);
      return why === undefined
        ? []
        : [{ code: "port/name", path: port.path, value: port.name, why: `the name ${why}`, fix: "rename the port" }];
    });
  return spec.service === undefined ? names : [...names, ...checkPresent(spec.service)];
}

function checkPresent(service: ServiceSpec): Problem[] {
  const problems: Problem[] = [];
  const names = service.ports.map(({ name }) => name);
  if (names.length === 0) {
    problems.push({
      code: "service/no-ports",
      path: "service",
      why: "no container has a port that could be reached",
      fix: "add ports to a container, or remove service",
    });
  }
  if (service.headless && service.type === "LoadBalancer") {
    problems.push({
      code: "service/headless-load-balancer",
      path: "service.headless",
      value: true,
      why: "a load balancer needs the one address that a headless Service does not have",
      fix: 'remove headless, or use type "ClusterIP"',
    });
  }
  for (const name of service.renumbered.filter((asked) => !names.includes(asked))) {
    const meant = closestName(name, names);
    problems.push({
      code: "service/port-unknown",
      path: joinPath("service.ports", name),
      why: names.length === 0 ? "no container has a port" : `the containers' ports are ${names.join(", ")}`,
      fix: meant === undefined ? "name one of them" : `did you mean ${meant}`,
    });
  }
  const taken = new Map<string, string>();
  for (const { name, port, protocol } of service.ports) {
    const key = `${port}/${protocol}`;
    const first = taken.get(key);
    if (first === undefined) taken.set(key, name);
    else if (service.renumbered.includes(name) || service.renumbered.includes(first)) {
      problems.push({
        code: "service/port-clash",
        path: joinPath("service.ports", service.renumbered.includes(name) ? name : first),
        value: port,
        why: `the ports ${first} and ${name} would have the same number`,
        fix: "choose another number",
      });
    }
  }
  return [...problems, ...checkCidrs(service)];
}

function checkCidrs(service: ServiceSpec): Problem[] {
  if (service.allowedCidrs.length > 0 && service.type !== "LoadBalancer") {
    return [
      {
        code: "service/cidrs-without-load-balancer",
        path: "service.allowedCidrs",
        why: "only a load balancer looks at them",
        fix: 'remove them, or use type "LoadBalancer"',
      },
    ];
  }
  return service.allowedCidrs.flatMap((leaf, index) => {
    const cidr = known(leaf);
    return cidr === undefined || parseCidr(cidr) !== undefined
      ? []
      : [
          {
            code: "service/cidr",
            path: `service.allowedCidrs[${index}]`,
            value: cidr,
            why: "is not a network in CIDR notation",
            fix: 'write it as "203.0.113.0/24"',
          },
        ];
  });
}
