import { describe, expect, test } from "vitest";
import { renderResourceMetrics } from "../../src/local/simulated-kubelet/exposition.js";
import { Meter, type MeteredPod } from "../../src/local/simulated-kubelet/meter.js";
import { usageOf } from "../../src/local/simulated-kubelet/usage.js";

const web = { name: "web", requests: { cpu: "200m", memory: "64Mi" } };
const proxy = { name: "proxy", requests: { cpu: "50m", memory: "64Mi" } };
const bare = { name: "bare", requests: {} };
const mebi = 1024 * 1024;

describe("simulated use", () => {
  test.each([
    { what: "nothing said: a tenth of the request", containers: [web], annotations: {}, cpu: { web: 0.02 } },
    { what: "nothing said nor requested: a little", containers: [bare], annotations: {}, cpu: { bare: 0.001 } },
    { what: "a quantity", containers: [web], annotations: { cpu: "180m" }, cpu: { web: 0.18 } },
    { what: "more than requested", containers: [web], annotations: { cpu: "1.5" }, cpu: { web: 1.5 } },
    { what: "a percentage of the request", containers: [web], annotations: { cpu: "90%" }, cpu: { web: 0.18 } },
    {
      what: "a quantity for two: by request",
      containers: [web, proxy],
      annotations: { cpu: "500m" },
      cpu: { web: 0.4, proxy: 0.1 },
    },
    {
      what: "a percentage for two",
      containers: [web, proxy],
      annotations: { cpu: "50%" },
      cpu: { web: 0.1, proxy: 0.025 },
    },
    {
      what: "no requests: in equal parts",
      containers: [bare, { ...bare, name: "other" }],
      annotations: { cpu: "100m" },
      cpu: { bare: 0.05, other: 0.05 },
    },
    {
      what: "one container's own",
      containers: [web, proxy],
      annotations: { "cpu.web": "1" },
      cpu: { web: 1, proxy: 0.005 },
    },
    {
      what: "one container's own percentage",
      containers: [web],
      annotations: { "cpu.web": "200%" },
      cpu: { web: 0.4 },
    },
    {
      what: "a typing error: as if nothing was said",
      containers: [web],
      annotations: { cpu: "lots" },
      cpu: { web: 0.02 },
    },
    { what: "less than nothing: the same", containers: [web], annotations: { cpu: "-1" }, cpu: { web: 0.02 } },
  ])("$what", ({ containers, annotations, cpu }) => {
    const keys = Object.entries(annotations).map(([key, value]) => [`simulation.isokube.dev/${key}`, value]);
    const usage = usageOf(containers, Object.fromEntries(keys), "cpu");
    expect([...usage.keys()]).toEqual(Object.keys(cpu));
    for (const [name, cores] of Object.entries(cpu)) expect(usage.get(name)).toBeCloseTo(cores, 9);
  });

  test("of memory is in bytes", () => {
    expect(usageOf([web], { "simulation.isokube.dev/memory": "48Mi" }, "memory").get("web")).toBe(48 * mebi);
    expect(usageOf([web], {}, "memory").get("web")).toBe(16 * mebi);
  });
});

const start = 1_700_000_000;
const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

function pod(annotations: Record<string, string> = {}): MeteredPod {
  const running = (name: string) => ({ name, state: { running: { startedAt: at(start) } } });
  return {
    metadata: { name: "web-1", namespace: "shop", uid: "u1", annotations },
    spec: {
      nodeName: "general-0",
      containers: [{ name: "web", resources: { requests: web.requests } }],
      initContainers: [{ name: "setup" }, { name: "proxy", resources: { requests: proxy.requests } }],
    },
    status: {
      containerStatuses: [running("web")],
      initContainerStatuses: [{ name: "setup", state: {} }, running("proxy")],
    },
  };
}

/** The rate between two readings, as metrics-server computes it. */
function rates(meter: Meter, first: MeteredPod, second: MeteredPod, seconds: number): Record<string, number> {
  const before = meter.read([first], start + 100).get("general-0");
  const after = meter.read([second], start + 100 + seconds).get("general-0");
  return Object.fromEntries(
    (after?.containers ?? []).map(({ container, cpuSeconds }) => {
      const earlier = before?.containers.find((reading) => reading.container === container)?.cpuSeconds ?? Number.NaN;
      return [container, (cpuSeconds - earlier) / seconds];
    }),
  );
}

describe("the meter", () => {
  test("shows what containers and sidecars use, and nothing of finished init containers", () => {
    const usage = rates(
      new Meter(),
      pod({ "simulation.isokube.dev/cpu": "80%" }),
      pod({ "simulation.isokube.dev/cpu": "80%" }),
      10,
    );
    expect(Object.keys(usage)).toEqual(["web", "proxy"]);
    expect(usage["web"]).toBeCloseTo(0.16, 6);
    expect(usage["proxy"]).toBeCloseTo(0.04, 6);
  });

  test("follows a change from the next reading on", () => {
    const usage = rates(new Meter(), pod(), pod({ "simulation.isokube.dev/cpu.web": "1" }), 10);
    expect(usage["web"]).toBeCloseTo(1, 6);
  });

  test("counts a node's pods and its own system, and never backwards when a pod goes", () => {
    const meter = new Meter();
    const loaded = pod({ "simulation.isokube.dev/cpu": "2" });
    const values = [[loaded], [loaded], [], []].map(
      (pods, index) => meter.read(pods, start + index * 10).get("general-0")?.cpuSeconds ?? Number.NaN,
    );
    const steps = values.slice(1).map((value, index) => (value - (values[index] ?? Number.NaN)) / 10);
    expect(steps[0]).toBeCloseTo(2.025, 6);
    expect(steps[1]).toBeCloseTo(0.025, 6);
    expect(steps[2]).toBeCloseTo(0.025, 6);
  });

  test("gives an empty node the system's use, as metrics-server drops nodes without any", () => {
    const meter = new Meter();
    const [first, second] = [meter.readIdle("general-1", start), meter.readIdle("general-1", start + 10)];
    expect((second.cpuSeconds - first.cpuSeconds) / 10).toBeCloseTo(0.025, 6);
    expect(second.memoryBytes).toBeGreaterThan(0);
  });

  test("leaves out pods that wait for a node or have not started", () => {
    const { status: _, ...waiting } = pod();
    expect(new Meter().read([waiting], start).size).toBe(0);
  });
});

test("metrics are written as a kubelet writes them", () => {
  const meter = new Meter();
  const reading = meter.read([pod({ "simulation.isokube.dev/cpu": "100m" })], start + 10).get("general-0");
  if (reading === undefined) throw new Error("no reading");
  expect(renderResourceMetrics(reading, (start + 10) * 1000)).toMatchInlineSnapshot(`
    "# TYPE container_start_time_seconds gauge
    container_start_time_seconds{container="web",namespace="shop",pod="web-1"} 1700000000 1700000010000
    container_start_time_seconds{container="proxy",namespace="shop",pod="web-1"} 1700000000 1700000010000
    # TYPE container_cpu_usage_seconds_total counter
    container_cpu_usage_seconds_total{container="web",namespace="shop",pod="web-1"} 0.8000000000000002 1700000010000
    container_cpu_usage_seconds_total{container="proxy",namespace="shop",pod="web-1"} 0.20000000000000004 1700000010000
    # TYPE container_memory_working_set_bytes gauge
    container_memory_working_set_bytes{container="web",namespace="shop",pod="web-1"} 16777216 1700000010000
    container_memory_working_set_bytes{container="proxy",namespace="shop",pod="web-1"} 16777216 1700000010000
    # TYPE node_cpu_usage_seconds_total counter
    node_cpu_usage_seconds_total 42500000.25 1700000010000
    # TYPE node_memory_working_set_bytes gauge
    node_memory_working_set_bytes 201326592 1700000010000
    "
  `);
});
