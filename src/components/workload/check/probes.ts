import type { Problem } from "../../../core/problems.js";
import { known } from "../leaf.js";
import type { ContainerSpec, ProbeSpec } from "../spec.js";

export function checkProbes(container: ContainerSpec): Problem[] {
  return container.probes.flatMap((probe) => [...checkAction(container, probe), ...checkTiming(probe)]);
}

function checkAction(container: ContainerSpec, { action, path }: ProbeSpec): Problem[] {
  switch (action.by) {
    case "unclear":
      return [
        {
          code: "probe/one-action",
          path,
          why: action.given.length === 0 ? "does not say what to ask" : `says ${action.given.join(" and ")}`,
          fix: "give exactly one of http, tcp, grpc, exec",
        },
      ];
    case "exec":
      return action.command.length > 0
        ? []
        : [
            {
              code: "probe/empty-command",
              path: `${path}.exec`,
              why: "there is no command",
              fix: "list the command and its arguments",
            },
          ];
    case "http": {
      const httpPath = known(action.path);
      const relative = httpPath !== undefined && !httpPath.startsWith("/");
      return [
        ...(relative
          ? [
              {
                code: "probe/relative-path",
                path: `${path}.http.path`,
                value: httpPath,
                why: "does not start with /",
                fix: `write "/${httpPath}"`,
              },
            ]
          : []),
        ...checkPort(container, `${path}.http.port`, action.port),
      ];
    }
    case "tcp":
    case "grpc":
      return checkPort(container, `${path}.${action.by}.port`, action.port);
  }
}

function checkPort(container: ContainerSpec, path: string, port: string | undefined): Problem[] {
  const names = container.ports.map(({ name }) => name);
  const declared =
    names.length === 0 ? `${container.path} has no ports` : `the ports of ${container.path} are ${names.join(", ")}`;
  if (port === undefined) {
    return [{ code: "probe/port-missing", path, why: `says no port, and ${declared}`, fix: "name the port to ask" }];
  }
  const isNumber = /^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (isNumber || names.includes(port)) return [];
  return [
    {
      code: "probe/port-unknown",
      path,
      value: port,
      why: `there is no such port: ${declared}`,
      fix: "name one of its ports, or a number from 1 to 65535",
    },
  ];
}

function checkTiming(probe: ProbeSpec): Problem[] {
  if (probe.kind === "readiness" || (probe.successThreshold ?? 1) === 1) return [];
  return [
    {
      code: "probe/success-threshold",
      path: `${probe.path}.successThreshold`,
      value: probe.successThreshold,
      why: `Kubernetes allows only 1 for ${probe.kind}`,
      fix: "leave it out",
    },
  ];
}
