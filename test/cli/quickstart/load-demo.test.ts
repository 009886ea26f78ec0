import { describe, expect, it } from "vitest";
import type { LiveObject } from "../../../src/cli/quickstart/live-view.js";
import {
  cpuRequestMillicores,
  type DemoCluster,
  type DemoSample,
  demonstrateScaling,
  renderSample,
} from "../../../src/cli/quickstart/load-demo.js";

const requestMillicores = 100;
const targetPercent = 50;

/** Follows the HPA's own formula, one step per read, without its delays. */
class InstantCluster implements DemoCluster {
  private usage = new Map<string, number>();
  private replicas = 2;
  constructor(private readonly obeys: boolean) {}

  private podNames(): string[] {
    return Array.from({ length: this.replicas }, (_, index) => `web-${index}`);
  }

  async read(): Promise<readonly LiveObject[]> {
    const names = this.podNames();
    const average = names.reduce((sum, name) => sum + (this.usage.get(name) ?? 0), 0) / names.length;
    const measured = Math.round((average / requestMillicores) * 100);
    if (this.obeys && this.usage.size > 0) {
      this.replicas = Math.min(6, Math.max(2, Math.ceil((names.length * measured) / targetPercent)));
    }
    const cpu = { name: "cpu", target: { averageUtilization: targetPercent } };
    return [
      {
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web" },
        spec: { minReplicas: 2, maxReplicas: 6, metrics: [{ resource: cpu }] },
        status: { currentMetrics: [{ resource: { name: "cpu", current: { averageUtilization: measured } } }] },
      },
      { kind: "Deployment", metadata: { name: "web" }, spec: { replicas: this.replicas } },
      ...this.podNames().map(
        (name): LiveObject => ({
          kind: "Pod",
          metadata: { name },
          spec: { containers: [{ resources: { requests: { cpu: `${requestMillicores}m` } } }] },
          status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
        }),
      ),
    ];
  }

  async setCpu(pods: readonly string[], millicores: number): Promise<void> {
    this.usage = new Map(pods.map((pod) => [pod, millicores]));
  }
}

describe("the scaling demonstration", () => {
  it("raises the load until the HPA has scaled out, then lowers it until it is back at its minimum", async () => {
    const shown: DemoSample[] = [];
    const result = await demonstrateScaling(new InstantCluster(true), {
      show: (sample) => shown.push(sample),
      highReplicas: 4,
      phaseTimeoutSeconds: 5,
      pollSeconds: 0,
    });
    expect(result.highest).toBeGreaterThanOrEqual(4);
    expect(result.samples.at(-1)?.replicas).toBe(2);
    expect(result.samples).toEqual(shown);
  });

  it("fails with what it last saw when the HPA does not react in time", async () => {
    const run = demonstrateScaling(new InstantCluster(false), {
      show: () => {},
      highReplicas: 4,
      phaseTimeoutSeconds: 0.05,
      pollSeconds: 0.01,
    });
    await expect(run).rejects.toThrow(
      /load raised: not reached within 0\.05 s; last seen 2 replicas, 2 ready, cpu \d+ %/,
    );
  });
});

describe("the CPU request of a pod", () => {
  it("sums containers and sidecars, but no init container that ends", () => {
    const pod: LiveObject = {
      kind: "Pod",
      metadata: { name: "web" },
      spec: {
        containers: [{ resources: { requests: { cpu: "1" } } }, { resources: { requests: { cpu: "250m" } } }],
        initContainers: [
          { resources: { requests: { cpu: "2" } } },
          { restartPolicy: "Always", resources: { requests: { cpu: "50m" } } },
        ],
      },
    };
    expect(cpuRequestMillicores(pod)).toBe(1300);
  });
});

describe("the live table", () => {
  it("keeps its columns under the header", () => {
    const sample = { seconds: 7, phase: "load raised", measuredPercent: 120, replicas: 4, readyPods: 3 };
    const [header = "", row = ""] = renderSample(sample, true).split("\n");
    expect(row.indexOf("120 %")).toBe(header.indexOf("CPU OF TARGET"));
    expect(row.indexOf("4 ")).toBe(header.indexOf("REPLICAS"));
    expect(row.endsWith("####")).toBe(true);
  });
});
