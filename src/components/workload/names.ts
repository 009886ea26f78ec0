/** On the Deployment: who decides the number of pods, `fixed` or `auto`. */
export const scalingAnnotation = "isokube.dev/scaling";

/** On the pods: changes when, and only when, the content of the workload's own ConfigMaps does. */
export const configChecksumAnnotation = "isokube.dev/config-checksum";

/** On the pods: changes when, and only when, the content of the workload's own Secrets does. */
export const secretChecksumAnnotation = "isokube.dev/secret-checksum";

/** Annotations and labels under this prefix are isokube's own. */
export const ownPrefix = "isokube.dev/";

/** Labels that selectors rest on, and those that say what made the object. */
export const standardLabels = [
  "app.kubernetes.io/name",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
] as const;

/** How the name of that Secret ends. */
export const envSecretEnding = "env";

/** The Secret that holds a workload's sensitive environment. */
export function envSecretName(workload: string): string {
  return `${workload}-${envSecretEnding}`;
}

/** The key of one variable of one container in that Secret; a container's name holds no dot. */
export function envSecretKey(container: string, variable: string): string {
  return `${container}.${variable}`;
}
