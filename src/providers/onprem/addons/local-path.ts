import { createHash } from "node:crypto";
import type { KubernetesObject, ManifestGroup, OnpremOptions, StorageClassSpec } from "../../contract.js";
import type { AddonImages } from "./images.js";
import {
  clusterRole,
  denyIngress,
  labelsOf,
  look,
  namespaceOf,
  onControlPlanes,
  resourcesOf,
  restrictedContainer,
  restrictedPod,
  role,
  selectorOf,
  serviceAccount,
} from "./objects.js";

const name = "local-path-provisioner";
const namespace = "local-path-storage";
const provisioner = "isokube.dev/local-path";
const defaultFolder = "/var/lib/isokube/volumes";
const configFolder = "/etc/config";
/** By this name the provisioner looks for it. */
const configName = "local-path-config";
const anyNode = "DEFAULT_PATH_FOR_NON_LISTED_NODES";

/** Where volumes are on every host. */
export function foldersOf({ storage = {} }: OnpremOptions): Readonly<Record<"standard" | "fast", string>> {
  const standard = storage.path ?? defaultFolder;
  return { standard, fast: storage.fastPath ?? standard };
}

/** The classes: a volume is a folder of the host on which its pod runs first, and keeps the pod there. */
export function localStorageClasses(onprem: OnpremOptions): Readonly<Record<"standard" | "fast", StorageClassSpec>> {
  const folders = foldersOf(onprem);
  const inFolder = (nodePath: string) => ({ provisioner, parameters: { nodePath }, expandable: false });
  return { standard: inFolder(folders.standard), fast: inFolder(folders.fast) };
}

/** Makes and removes those folders, by a pod on the host. */
export function localPath(images: AddonImages, onprem: OnpremOptions): ManifestGroup {
  const data = config(images, [...new Set(Object.values(foldersOf(onprem)))]);
  return {
    name: "local-path",
    after: ["kube-router"],
    objects: [
      // The pods that make folders mount them from the host.
      namespaceOf(namespace, name, "privileged"),
      denyIngress(namespace, name),
      serviceAccount(name, namespace),
      ...clusterRole("isokube:local-path-provisioner", { name, namespace }, clusterRules, name),
      ...role(name, namespace, [name], namespaceRules),
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: configName, namespace, labels: labelsOf(name) }, data },
      deployment(images, data),
    ],
  };
}

const clusterRules = [
  { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims"], verbs: look },
  { apiGroups: [""], resources: ["persistentvolumes"], verbs: [...look, "create", "patch", "update", "delete"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: look },
] as const;

const namespaceRules = [
  { apiGroups: [""], resources: ["pods"], verbs: [...look, "create", "patch", "update", "delete"] },
  { apiGroups: [""], resources: ["pods/log", "configmaps"], verbs: look },
] as const;

/** Where upstream's image has a shell. The path is quoted, and comes from the provisioner. */
const scripts = {
  // Any user may write: which one the pods run as is not known here, and the kubelet gives such folders to nobody.
  setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
  teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
};

type ConfigData = Readonly<Record<string, string>>;

function config({ localPathProvisioner, bundled }: AddonImages, folders: readonly string[]): ConfigData {
  const nodePathMap = [{ node: anyNode, paths: folders }];
  return {
    "config.json": JSON.stringify({ nodePathMap, ...(bundled ? helperCommands : {}) }),
    // The provisioner's own image, which every host that needs it has already.
    "helperPod.yaml": JSON.stringify(helperPod(localPathProvisioner)),
    ...(bundled ? {} : scripts),
  };
}

/** A bundle's image has a program in place of a shell. */
const helper = "/usr/bin/local-path-helper";
/**
 * After the API server was away the provisioner may look again only a minute later: its client waits 30 s and up to as
 * much again between attempts.
 */
const finishSeconds = 150;
const finish = [helper, "-a", "finish", "-provisioner", provisioner, "-wait", `${finishSeconds}s`] as const;
/** What the helper waits for, upstream's image can only wait out. */
const waitOut = ["sleep", "10"] as const;
const helperCommands = { setupCommand: helper, teardownCommand: helper };

/** Root, because the folders' parent is; it may do nothing else with it. JSON is YAML too. */
function helperPod(image: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "local-path-helper" },
    spec: {
      priorityClassName: "system-node-critical",
      automountServiceAccountToken: false,
      securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "helper",
          image,
          imagePullPolicy: "IfNotPresent",
          resources: resourcesOf("10m", "32Mi"),
          securityContext: {
            allowPrivilegeEscalation: false,
            // Volumes hold files of other users, which are to be removed too.
            capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "FOWNER"] },
            readOnlyRootFilesystem: true,
          },
        },
      ],
    },
  };
}

function deployment({ localPathProvisioner: image, bundled }: AddonImages, data: ConfigData): KubernetesObject {
  const options = ["start", "--config", `${configFolder}/config.json`, "--provisioner-name", provisioner];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorOf(name) },
      // Two at once would make every volume twice.
      strategy: { type: "Recreate" },
      template: {
        // The pods' template is read when it starts.
        metadata: { labels: labelsOf(name), annotations: { "isokube.dev/config": digestOf(data) } },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: onControlPlanes,
          securityContext: restrictedPod,
          terminationGracePeriodSeconds: finishSeconds + 30,
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              // Upstream's image names no program to start.
              ...(bundled ? {} : { command: ["local-path-provisioner"] }),
              args: [...options, "--service-account-name", name],
              env: [
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                { name: "CONFIG_MOUNT_PATH", value: `${configFolder}/` },
              ],
              // A claim is gone at once, and its folder by a pod later: nobody would do that after a destroy.
              lifecycle: { preStop: { exec: { command: bundled ? finish : waitOut } } },
              resources: resourcesOf("20m", "96Mi"),
              securityContext: restrictedContainer,
              volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: configName } }],
        },
      },
    },
  };
}

const digestOf = (data: ConfigData): string =>
  createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 16);
