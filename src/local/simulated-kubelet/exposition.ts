import type { NodeReading } from "./meter.js";

/**
 * The kubelet's `/metrics/resource` in Prometheus' text format, as far as
 * metrics-server reads it. Every sample carries the time it was taken at, so
 * rates stay exact when the answer is a little old.
 */
export function renderResourceMetrics(reading: NodeReading, nowMilliseconds: number): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: "counter" | "gauge",
    samples: readonly (readonly [labels: string, value: number])[],
  ) => {
    if (samples.length === 0) return;
    lines.push(`# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${labels} ${value} ${nowMilliseconds}`);
  };
  const { containers } = reading;
  const labelled = (measure: (container: (typeof containers)[number]) => number) =>
    containers.map((container): [string, number] => [
      `{container="${container.container}",namespace="${container.namespace}",pod="${container.pod}"}`,
      measure(container),
    ]);
  family(
    "container_start_time_seconds",
    "gauge",
    labelled((container) => container.startSeconds),
  );
  family(
    "container_cpu_usage_seconds_total",
    "counter",
    labelled((container) => container.cpuSeconds),
  );
  family(
    "container_memory_working_set_bytes",
    "gauge",
    labelled((container) => Math.round(container.memoryBytes)),
  );
  family("node_cpu_usage_seconds_total", "counter", [["", reading.cpuSeconds]]);
  family("node_memory_working_set_bytes", "gauge", [["", Math.round(reading.memoryBytes)]]);
  return `${lines.join("\n")}\n`;
}
