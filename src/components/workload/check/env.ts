import {
  closestName,
  dataKeyProblem,
  dnsSubdomainProblem,
  envNameProblem,
  labelKeyProblem,
} from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { known } from "../leaf.js";
import type { ContainerSpec, EnvSpec } from "../spec.js";

/** Facts of the pod that a container can be told. Source: kubernetes `validateEnvVarValueFrom`. */
export const podFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
] as const;

/** Facts of the container itself. */
export const resourceFields = [
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
] as const;

const keyedField = /^metadata\.(?:labels|annotations)\['(?<key>[^']+)'\]$/;

export function isResourceField(field: string): boolean {
  return resourceFields.some((candidate) => candidate === field);
}

export function checkEnv(container: ContainerSpec): Problem[] {
  return container.env.flatMap((env) => {
    const nameProblem = envNameProblem(env.name);
    return [
      ...(nameProblem === undefined
        ? []
        : [
            {
              code: "env/name",
              path: env.path,
              value: env.name,
              why: `the name ${nameProblem}`,
              fix: "rename the variable",
            },
          ]),
      ...checkSource(env),
    ];
  });
}

function checkSource(env: EnvSpec): Problem[] {
  switch (env.from) {
    case "value":
    case "sensitive":
      return [];
    case "config":
    case "secret":
      return checkKeyRef(env);
    case "field":
      return isField(env.field) ? [] : [unknownField(env.path, env.field)];
    case "unclear":
      return [
        {
          code: "env/one-source",
          path: env.path,
          why: env.given.length === 0 ? "says nothing" : `says ${env.given.join(" and ")}`,
          fix: "give exactly one of value (with sensitive, if you like), config, secret, field",
        },
      ];
  }
}

function checkKeyRef(env: Extract<EnvSpec, { from: "config" | "secret" }>): Problem[] {
  const [name, key] = [known(env.ref.name), known(env.ref.key)];
  const nameProblem = name === undefined ? undefined : dnsSubdomainProblem(name);
  const keyProblem = key === undefined ? undefined : dataKeyProblem(key);
  const object = env.from === "config" ? "ConfigMap" : "Secret";
  return [
    ...(nameProblem === undefined
      ? []
      : [
          {
            code: "env/object-name",
            path: `${env.path}.${env.from}.name`,
            ...shown(name),
            why: nameProblem,
            fix: `give the name of a ${object}`,
          },
        ]),
    ...(keyProblem === undefined
      ? []
      : [
          {
            code: "env/key",
            path: `${env.path}.${env.from}.key`,
            ...shown(key),
            why: keyProblem,
            fix: `give a key of the ${object}`,
          },
        ]),
  ];
}

function shown(value: string | undefined): { value?: string } {
  return value === undefined ? {} : { value };
}

function isField(field: string): boolean {
  if (podFields.some((candidate) => candidate === field) || isResourceField(field)) return true;
  const key = keyedField.exec(field)?.groups?.["key"];
  return key !== undefined && labelKeyProblem(key) === undefined;
}

function unknownField(path: string, field: string): Problem {
  const all = [...podFields, ...resourceFields];
  const meant = closestName(field, all);
  return {
    code: "env/field",
    path: `${path}.field`,
    value: field,
    why: "a container cannot be told this",
    fix:
      meant === undefined
        ? `choose one of ${all.join(", ")}, metadata.labels['key'], metadata.annotations['key']`
        : `did you mean ${meant}`,
  };
}
