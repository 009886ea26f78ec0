/**
 * kwok's `Stage` resources: how simulated nodes and pods go from one condition
 * to the next. A stage applies to objects its selector matches, after its delay,
 * and patches their status with a rendered template.
 * Source: sigs.k8s.io/kwok v0.7.0, pkg/apis/v1alpha1/stage_types.go.
 */

/** How long a pod of a Job runs before it completes, as a Go duration. @default "1s" */
export const jobDurationAnnotation = "simulation.isokube.dev/job-duration";

interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

interface Delay {
  readonly durationMilliseconds: number;
  /** The delay is drawn between the duration and this, so that objects do not move in step. */
  readonly jitterDurationMilliseconds?: number;
  readonly durationFrom?: { readonly expressionFrom: string };
}

interface StageOptions {
  readonly kind: "Node" | "Pod";
  readonly when: readonly Requirement[];
  readonly delay?: Delay;
  readonly status?: string;
  readonly delete?: true;
}

function stage(name: string, { kind, when, delay, status, delete: deletes }: StageOptions): object {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind },
      selector: { matchExpressions: when },
      ...(delay === undefined ? {} : { delay }),
      next: {
        ...(status === undefined ? {} : { statusTemplate: status }),
        ...(deletes === true ? { delete: true } : {}),
      },
    },
  };
}

const exists = (key: string): Requirement => ({ key, operator: "Exists" });
const absent = (key: string): Requirement => ({ key, operator: "DoesNotExist" });
const oneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: "In", values });
const noneOf = (key: string, ...values: string[]): Requirement => ({ key, operator: "NotIn", values });
const condition = (type: string): string => `.status.conditions.[] | select( .type == "${type}" ) | .status`;

const deletion = ".metadata.deletionTimestamp";

/** One condition of a status template. */
function conditionLines(type: string, status: "True" | "False", reason = ""): string {
  return `- type: ${type}
  status: "${status}"
  reason: "${reason}"
  lastTransitionTime: {{ $now | Quote }}
`;
}

/** What every entry of a container's status starts with; the template's dot is the container. */
const container = `- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ .image | Quote }}
  restartCount: 0
`;
const waiting = (reason: string): string => `  ready: false
  started: false
  state:
    waiting:
      reason: ${reason}
`;
const running = `  ready: true
  started: true
  state:
    running:
      startedAt: {{ $now | Quote }}
`;
const terminated = (exitCode: number, reason: string, startedAt: string): string => `  ready: false
  started: false
  state:
    terminated:
      exitCode: ${exitCode}
      reason: ${reason}
      startedAt: {{ ${startedAt} | Quote }}
      finishedAt: {{ $now | Quote }}
`;

/** A finished init container counts as ready. */
const initialized = `  ready: true
  started: false
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
`;

/** API servers before 1.34 give pods no generation. */
const observed = `{{ with .metadata.generation }}
observedGeneration: {{ . }}
{{ end }}
`;

const each = (list: string, body: string): string => `{{ range ${list} }}\n${body}{{ end }}\n`;
const startOf = "( or $.status.startTime $now )";

function nodeStages(): object[] {
  return [
    stage("node-ready", {
      kind: "Node",
      when: [noneOf(condition("Ready"), "True")],
      status: `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
phase: Running
`,
    }),
    stage("node-heartbeat", {
      kind: "Node",
      when: [oneOf(condition("Ready"), "True")],
      // The controller manager gives a node up after 50 s of silence.
      delay: { durationMilliseconds: 8_000, jitterDurationMilliseconds: 12_000 },
      status: `{{ $now := Now }}
conditions:
{{ range .status.conditions }}
- type: {{ .type | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
{{ end }}
`,
    }),
  ];
}

function podStages(): object[] {
  return [
    stage("pod-created", {
      kind: "Pod",
      when: [absent(deletion), absent(".status.podIP")],
      delay: { durationMilliseconds: 20, jitterDurationMilliseconds: 120 },
      status: `{{ $now := Now }}
{{ $hostIP := NodeIPWith .spec.nodeName }}
phase: Pending
${observed}startTime: {{ $now | Quote }}
hostIP: {{ $hostIP | Quote }}
hostIPs:
- ip: {{ $hostIP | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
conditions:
${conditionLines("PodReadyToStartContainers", "True")}{{ if .spec.initContainers }}
${conditionLines("Initialized", "False", "ContainersNotInitialized")}{{ else }}
${conditionLines("Initialized", "True")}{{ end }}
${conditionLines("Ready", "False", "ContainersNotReady")}${conditionLines("ContainersReady", "False", "ContainersNotReady")}{{ if .spec.initContainers }}
initContainerStatuses:
${each(".spec.initContainers", container + waiting("PodInitializing"))}{{ end }}
containerStatuses:
{{ $waiting := "ContainerCreating" }}{{ if .spec.initContainers }}{{ $waiting = "PodInitializing" }}{{ end }}
${each(".spec.containers", container + waiting("{{ $waiting }}"))}`,
    }),
    stage("pod-initialized", {
      kind: "Pod",
      when: [absent(deletion), exists(".status.podIP"), oneOf(condition("Initialized"), "False")],
      delay: { durationMilliseconds: 100, jitterDurationMilliseconds: 250 },
      status: `{{ $now := Now }}
conditions:
${conditionLines("Initialized", "True")}initContainerStatuses:
${each(".spec.initContainers", `${container}{{ if eq ( or .restartPolicy "" ) "Always" }}\n${running}{{ else }}\n${initialized}{{ end }}\n`)}`,
    }),
    stage("pod-running", {
      kind: "Pod",
      when: [absent(deletion), oneOf(".status.phase", "Pending"), oneOf(condition("Initialized"), "True")],
      delay: { durationMilliseconds: 80, jitterDurationMilliseconds: 250 },
      status: `{{ $now := Now }}
phase: Running
${observed}conditions:
${conditionLines("ContainersReady", "True")}${conditionLines("Ready", "True")}{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
${each(".spec.containers", container + running)}`,
    }),
    stage("pod-completed", {
      kind: "Pod",
      when: [absent(deletion), oneOf(".status.phase", "Running"), oneOf(".metadata.ownerReferences.[].kind", "Job")],
      delay: {
        durationMilliseconds: 1_000,
        durationFrom: { expressionFrom: `.metadata.annotations["${jobDurationAnnotation}"]` },
      },
      status: `{{ $now := Now }}
phase: Succeeded
${observed}conditions:
${conditionLines("Initialized", "True", "PodCompleted")}${conditionLines("Ready", "False", "PodCompleted")}${conditionLines("ContainersReady", "False", "PodCompleted")}containerStatuses:
${each(".spec.containers", container + terminated(0, "Completed", startOf))}{{ if .spec.initContainers }}
initContainerStatuses:
${each(".spec.initContainers", `${container}{{ if eq ( or .restartPolicy "" ) "Always" }}\n${terminated(0, "Completed", startOf)}{{ else }}\n${initialized}{{ end }}\n`)}{{ end }}
`,
    }),
    // The Job controller counts a deleted pod only once its phase is final.
    stage("pod-terminated", {
      kind: "Pod",
      when: [exists(deletion), oneOf(".status.phase", "Pending", "Running")],
      delay: { durationMilliseconds: 20, jitterDurationMilliseconds: 120 },
      status: `{{ $now := Now }}
phase: Failed
${observed}conditions:
${conditionLines("Ready", "False", "PodFailed")}${conditionLines("ContainersReady", "False", "PodFailed")}containerStatuses:
${each(".spec.containers", container + terminated(143, "Error", startOf))}`,
    }),
    stage("pod-deleted", {
      kind: "Pod",
      when: [exists(deletion), oneOf(".status.phase", "Succeeded", "Failed")],
      delete: true,
    }),
  ];
}

/** kwok's configuration file: one YAML document per stage (JSON is YAML). */
export function renderStages(): string {
  return [...nodeStages(), ...podStages()]
    .map((document) => `${JSON.stringify(document, undefined, 2)}\n`)
    .join("---\n");
}
