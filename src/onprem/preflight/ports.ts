import type { Problem } from "../../core/problems.js";
import { apiPort } from "../endpoint.js";
import { hostPath } from "../host/host-problem.js";
import type { NodeRole } from "../spec.js";
import { isOurs, type PreflightInput } from "./input.js";

const everyNode = [
  { port: 10_250, for: "kubelet" },
  { port: 10_248, for: "kubelet's health" },
  { port: 10_249, for: "kube-proxy's metrics" },
  { port: 10_256, for: "kube-proxy's health" },
];

const neededPorts: Readonly<Record<NodeRole, readonly { readonly port: number; readonly for: string }[]>> = {
  worker: everyNode,
  controlPlane: [
    { port: apiPort, for: "the API server" },
    { port: 2379, for: "etcd's clients" },
    { port: 2380, for: "etcd's peers" },
    { port: 2381, for: "etcd's metrics" },
    { port: 10_257, for: "the controller manager" },
    { port: 10_259, for: "the scheduler" },
    ...everyNode,
  ],
};

/** On a host that is not ours yet, whoever listens on these ports is somebody else. */
export function checkPorts(input: PreflightInput): Problem[] {
  return input.hosts
    .filter((candidate) => !isOurs(candidate, input))
    .flatMap(({ node, facts }) =>
      neededPorts[node.role].flatMap(({ port, for: purpose }) => {
        const taken = facts.listening.filter((entry) => entry.port === port);
        if (taken.length === 0) return [];
        const programs = [...new Set(taken.map(({ program }) => program).filter((program) => program !== ""))];
        return [
          {
            code: "onprem/port-in-use",
            path: hostPath(node.name),
            value: port,
            why: `${programs.length === 0 ? "a program" : programs.join(", ")} listens on it, and ${purpose} needs it`,
            fix: "stop that program, or let it listen on another port",
          },
        ];
      }),
    );
}
