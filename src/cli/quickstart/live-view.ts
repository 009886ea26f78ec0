/** The few fields of live objects that the quickstart shows. */
export interface LiveObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly containers?: readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }[];
    readonly initContainers?: readonly {
      readonly restartPolicy?: string;
      readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
    }[];
    readonly metrics?: readonly { readonly resource?: { readonly name: string; readonly target: UtilizationTarget } }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly nodeInfo?: { readonly kubeletVersion: string };
    readonly capacity?: Readonly<Record<string, string>>;
    readonly currentMetrics?: readonly {
      readonly resource?: { readonly name: string; readonly current: UtilizationCurrent };
    }[];
  };
}

interface UtilizationTarget {
  readonly averageUtilization?: number;
}

interface UtilizationCurrent {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
}

/** True when the object's condition of that type is True. */
export function hasCondition(object: LiveObject, condition: string): boolean {
  return object.status?.conditions?.some((c) => c.type === condition && c.status === "True") ?? false;
}

/** A pod that can serve: running, ready, and not on its way out. */
export function isReadyPod(object: LiveObject): boolean {
  return (
    object.kind === "Pod" &&
    object.metadata.deletionTimestamp === undefined &&
    object.status?.phase === "Running" &&
    hasCondition(object, "Ready")
  );
}

/** The CPU utilisation an HPA last measured, in percent of the requests; undefined before the first measurement. */
export function measuredCpu(hpa: LiveObject): number | undefined {
  return hpa.status?.currentMetrics?.find((m) => m.resource?.name === "cpu")?.resource?.current.averageUtilization;
}

/** The CPU utilisation an HPA aims at, in percent. */
export function targetCpu(hpa: LiveObject): number | undefined {
  return hpa.spec?.metrics?.find((m) => m.resource?.name === "cpu")?.resource?.target.averageUtilization;
}

/** Renders rows as a table with columns as wide as their widest cell. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(header), ...rows.map(line)].join("\n");
}

/** What the live API says is there, as one table a person reads in a glance. */
export function renderObjects(objects: readonly LiveObject[]): string {
  return renderTable(
    ["KIND", "NAME", "STATE"],
    objects.map((object) => [object.kind, object.metadata.name, describeState(object)]),
  );
}

function describeState(object: LiveObject): string {
  const { spec, status } = object;
  switch (object.kind) {
    case "Node": {
      const simulated = object.metadata.labels?.["isokube.dev/simulated"] === "true" ? ", simulated" : "";
      const ready = hasCondition(object, "Ready") ? "Ready" : "NotReady";
      return `${ready}${simulated}, ${status?.capacity?.["cpu"] ?? "?"} cpu, ${status?.capacity?.["memory"] ?? "?"}, ${status?.nodeInfo?.kubeletVersion ?? "?"}`;
    }
    case "Deployment":
    case "ReplicaSet":
      return `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0} ready`;
    case "Pod":
      return `${status?.phase ?? "?"}${isReadyPod(object) ? ", ready" : ""}`;
    case "HorizontalPodAutoscaler": {
      const measured = measuredCpu(object);
      return `cpu ${measured === undefined ? "not yet measured" : `${measured} %`} of target ${targetCpu(object) ?? "?"} %, ${status?.currentReplicas ?? 0} replicas in ${spec?.minReplicas ?? 1}..${spec?.maxReplicas ?? "?"}`;
    }
    default:
      return status?.phase ?? "";
  }
}
