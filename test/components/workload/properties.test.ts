import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WorkloadArgs } from "../../../src/components/workload/args.js";
import { type Contents, plainLeafTools } from "../../../src/components/workload/leaf-tools.js";
import { prepareWorkload } from "../../../src/components/workload/prepare.js";
import { objectsOf, renderWorkload } from "../../../src/components/workload/render.js";
import type { Problem } from "../../../src/core/problems.js";
import { ValidationError } from "../../../src/core/validation.js";
import { drawWorkload } from "./arbitrary.js";

/** The checksum of Secrets is slow on purpose; hundreds of renderings need not wait for it. */
const tools = {
  ...plainLeafTools,
  secretChecksum: (_salt: string, contents: Contents) => plainLeafTools.configChecksum(contents),
};

function render(args: WorkloadArgs) {
  return renderWorkload(prepareWorkload("web", args).spec, tools);
}

/** Every value under a key, anywhere in a tree. */
function under(node: unknown, key: string): unknown[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => [
    ...(name === key ? [value] : []),
    ...under(value, key),
  ]);
}

function property(runs: number, check: (args: WorkloadArgs, g: fc.GeneratorValue) => void): void {
  fc.assert(
    fc.property(fc.gen(), (g) => check(drawWorkload(g), g)),
    { numRuns: runs },
  );
}

describe("any valid arguments", () => {
  test("resolve and render without a problem, always the same", () => {
    property(100, (args) => {
      expect(JSON.stringify(render(args))).toBe(JSON.stringify(render(structuredClone(args))));
    });
  });

  test("give containers that ask for resources and may do nothing special", () => {
    property(40, (args) => {
      const pod = under(render(args), "template")[0];
      const containers = [...under(pod, "containers"), ...under(pod, "initContainers")].flat();
      expect(containers.length).toBe(
        Object.keys({ ...args.containers, ...args.sidecars, ...args.initContainers }).length,
      );
      for (const container of containers) {
        expect(container).toMatchObject({
          resources: {
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { memory: expect.any(String) },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
          },
        });
      }
    });
  });

  test("keep what is secret in Secrets", () => {
    property(40, (args) => {
      const { secrets, ...others } = render(args);
      expect(JSON.stringify(others)).not.toMatch(/secret-[a-z0-9_.-]+-value/);
      const count = JSON.stringify(args).match(/secret-[a-z0-9_.-]+-value/g)?.length ?? 0;
      expect(Object.values(secrets).flatMap(({ data }) => Object.keys(data ?? {}))).toHaveLength(count);
    });
  });

  test("give pods that every selector finds and no selector can lose", () => {
    property(30, (args) => {
      const rendered = render(args);
      const [podLabels] = under(under(rendered, "template")[0], "labels");
      for (const selector of [...under(rendered, "matchLabels"), ...under(rendered.service ?? {}, "selector")]) {
        expect(Object.keys(Object(selector)).sort()).toEqual(["app.kubernetes.io/instance", "app.kubernetes.io/name"]);
        expect(podLabels).toMatchObject(Object(selector));
      }
    });
  });

  test("give objects whose names differ within a kind", () => {
    property(30, (args) => {
      const names = objectsOf(render(args)).map((object) =>
        JSON.stringify([under(object, "kind")[0], under(object, "metadata").map((m) => under(m, "name")[0])[0]]),
      );
      expect(new Set(names).size).toBe(names.length);
    });
  });
});

/** Spoils one thing; tells the path that must be named, or nothing when there is no such thing to spoil. */
type Mutation = (args: Spoilt, g: fc.GeneratorValue) => string | undefined;
// biome-ignore lint/suspicious/noExplicitAny: the point is to write what the types forbid
type Spoilt = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- as above

const pick = (g: fc.GeneratorValue, block: object | undefined): string | undefined => {
  const keys = Object.keys(block ?? {});
  return keys.length === 0 ? undefined : g(fc.constantFrom<string[]>, ...keys);
};
const anyContainer = (args: Spoilt, g: fc.GeneratorValue) => {
  const kinds = ["containers", "sidecars", "initContainers"].filter((kind) => Object.keys(args[kind]).length > 0);
  const kind = g(fc.constantFrom<string[]>, ...kinds);
  const name = pick(g, args[kind]) ?? "";
  return { container: args[kind][name], path: `${kind}.${name}`, kind, name };
};
const inContainer =
  (spoil: (container: Spoilt, g: fc.GeneratorValue) => string | undefined): Mutation =>
  (args, g) => {
    const { container, path } = anyContainer(args, g);
    const below = spoil(container, g);
    return below === undefined ? undefined : `${path}.${below}`;
  };

const mutations: Record<string, Mutation> = {
  "an image without a tag": inContainer((container) => {
    container.image = "nginx";
    return "image";
  }),
  "the tag latest": inContainer((container) => {
    container.image = "nginx:latest";
    return "image";
  }),
  "no image": inContainer((container) => {
    delete container.image;
    return "image";
  }),
  "no resources": inContainer((container) => {
    delete container.resources;
    return "resources";
  }),
  "no cpu request": inContainer((container) => {
    delete container.resources.cpu;
    return "resources.cpu";
  }),
  "a bad quantity": inContainer((container, g) => {
    const field = g(fc.constantFrom<string[]>, "cpu", "memory", "cpuLimit", "memoryLimit", "ephemeralStorage");
    container.resources[field] = g(fc.constantFrom<string[]>, "", "x", "1 Gi", "1gb", "-5", "0");
    return `resources.${field}`;
  }),
  "a request above the limit": inContainer((container) => {
    Object.assign(container.resources, { memory: "2Gi", memoryLimit: "1Gi" });
    return "resources.memoryLimit";
  }),
  "a bad variable name": inContainer((container, g) => {
    const name = g(fc.constantFrom<string[]>, "1A", "A B", "A=B", "ä");
    container.env = { ...container.env, [name]: { value: "1" } };
    return `env[${JSON.stringify(name)}]`;
  }),
  "a variable of two sources": inContainer((container, g) => {
    const name = pick(g, container.env);
    if (name === undefined) return undefined;
    container.env[name] = { value: "1", field: "metadata.name" };
    return `env.${name}`;
  }),
  "an unknown field": inContainer((container) => {
    container.env = { FIELD: { field: "status.phase" } };
    return "env.FIELD.field";
  }),
  "an unknown volume": inContainer((container) => {
    container.mounts = [...(container.mounts ?? []), { volume: "no-such", path: "/no-such" }];
    return `mounts[${container.mounts.length - 1}].volume`;
  }),
  "a relative mount path": inContainer((container) => {
    if (container.mounts === undefined) return undefined;
    container.mounts[0].path = "relative";
    return "mounts[0].path";
  }),
  "two mounts at one path": inContainer((container) => {
    if (container.mounts === undefined) return undefined;
    container.mounts.push({ ...container.mounts[0] });
    return `mounts[${container.mounts.length - 1}].path`;
  }),
  root: inContainer((container) => {
    container.security = { runAsUser: 0 };
    return "security.runAsUser";
  }),
  "a misspelt property": inContainer((container) => {
    container.imagePullPolcy = "Always";
    return "imagePullPolcy";
  }),
  "a probe of an unknown port": (args, g) => {
    const name = pick(g, args.containers);
    args.containers[name ?? ""].liveness = { tcp: { port: "no-such" } };
    return `containers.${name}.liveness.tcp.port`;
  },
  "a bad container name": (args, g) => {
    const { container, kind, name } = anyContainer(args, g);
    delete args[kind][name];
    args[kind].Bad_Name = container;
    return `${kind}.Bad_Name`;
  },
  "a bad port name": (args, g) => {
    const name = pick(g, args.containers);
    args.containers[name ?? ""].ports = { "no--such": { port: 65_001 } };
    return `containers.${name}.ports.no--such`;
  },
  "a port number out of range": (args, g) => {
    const name = pick(g, args.containers);
    args.containers[name ?? ""].ports = { out: { port: g(fc.constantFrom<number[]>, 0, -1, 65_536, 1.5) } };
    return `containers.${name}.ports.out.port`;
  },
  "fixed and auto": (args) => {
    args.scaling = { fixed: 2, auto: { max: 4 } };
    return "scaling";
  },
  "min above max": (args) => {
    args.scaling = { auto: { min: 5, max: 4 } };
    return "scaling.auto.min";
  },
  "a budget that blocks": (args) => {
    args.disruption = { maxUnavailable: "0" };
    return "disruption.maxUnavailable";
  },
  "a rollout of a ReplicaSet": (args) => {
    Object.assign(args, { controller: "ReplicaSet", rollout: { maxSurge: "1" } });
    return "rollout";
  },
  "a name too long": (args) => {
    args.name = "w".repeat(47);
    return "name";
  },
  "a bad label": (args) => {
    args.labels = { team: "a b" };
    return "labels.team";
  },
  "a bad volume name": (args) => {
    args.volumes.Bad = { emptyDir: { sizeLimit: "1Gi" } };
    return "volumes.Bad";
  },
  "a volume of two kinds": (args) => {
    args.volumes.two = { emptyDir: { sizeLimit: "1Gi" }, config: { name: "a" } };
    return "volumes.two";
  },
  "a load balancer on local": (args) => {
    args.service = { type: "LoadBalancer" };
    return "service.type";
  },
  "a count that is no number": (args) => {
    args.terminationGracePeriodSeconds = "30";
    return "terminationGracePeriodSeconds";
  },
};

function problemsOf(args: unknown): readonly Problem[] {
  try {
    prepareWorkload("web", args);
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
  return [];
}

test.each(Object.entries(mutations))("valid arguments spoilt by %s are refused by path", (_, mutate) => {
  let spoilt = 0;
  property(10, (args, g) => {
    const copy: Spoilt = structuredClone(args);
    const path = mutate(copy, g);
    if (path === undefined) return;
    spoilt += 1;
    expect(problemsOf(copy).map((problem) => problem.path)).toContain(path);
  });
  expect(spoilt, "nothing was ever spoilt").toBeGreaterThan(0);
});
