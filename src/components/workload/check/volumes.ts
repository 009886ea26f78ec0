import { closestName, dataKeyProblem, dnsLabelProblem, dnsSubdomainProblem } from "../../../core/names.js";
import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import { known } from "../leaf.js";
import { envSecretName } from "../names.js";
import {
  allContainers,
  type ContainerSpec,
  type MountSpec,
  usesEnvSecret,
  type VolumeSpec,
  type WorkloadSpec,
} from "../spec.js";
import { checkAmount } from "./resources.js";

/** What the API server takes in one ConfigMap or Secret. */
const mostBytes = 1024 * 1024;

export function checkVolumes(spec: WorkloadSpec): Problem[] {
  return [
    ...spec.volumes.flatMap((volume) => checkVolume(volume)),
    ...checkEnvSecret(spec),
    ...allContainers(spec).flatMap((container) => checkMounts(container, spec.volumes)),
  ];
}

function checkVolume(volume: VolumeSpec): Problem[] {
  const nameProblem = dnsLabelProblem(volume.name);
  const name: Problem[] =
    nameProblem === undefined
      ? []
      : [
          {
            code: "volume/name",
            path: joinPath("volumes", volume.name),
            value: volume.name,
            why: `the name ${nameProblem}`,
            fix: "rename the volume",
          },
        ];
  return [...name, ...checkSource(volume)];
}

function checkSource(volume: VolumeSpec): Problem[] {
  switch (volume.from) {
    case "unclear":
      return [
        {
          code: "volume/one-source",
          path: volume.path,
          why: volume.given.length === 0 ? "says nothing" : `says ${volume.given.join(" and ")}`,
          fix: `give exactly one of ${volume.of.join(", ")}`,
        },
      ];
    case "emptyDir": {
      const size = known(volume.sizeLimit);
      const problem = size === undefined ? undefined : checkAmount(`${volume.path}.emptyDir.sizeLimit`, size, true);
      return problem === undefined ? [] : [problem];
    }
    case "existingConfig":
    case "existingSecret": {
      const name = known(volume.objectName);
      const why = name === undefined ? undefined : dnsSubdomainProblem(name);
      return why === undefined
        ? []
        : [
            {
              code: "volume/object-name",
              path: `${volume.path}.name`,
              value: name,
              why,
              fix: "give the name of an existing object",
            },
          ];
    }
    case "config":
    case "secret":
      return checkData(volume);
  }
}

function checkData(volume: Extract<VolumeSpec, { data: unknown }>): Problem[] {
  const path = `${volume.path}.data`;
  const keys = Object.keys(volume.data).flatMap((key): Problem[] => {
    const why = dataKeyProblem(key);
    return why === undefined
      ? []
      : [
          {
            code: "volume/key",
            path: joinPath(path, key),
            value: key,
            why: `the file name ${why}`,
            fix: "rename the file",
          },
        ];
  });
  const bytes = Object.values(volume.data).reduce<number>(
    (sum, content) => sum + Buffer.byteLength(known(content) ?? ""),
    0,
  );
  if (Object.keys(volume.data).length === 0) {
    keys.push({ code: "volume/empty", path, why: "there is no file in it", fix: "add a file, or remove the volume" });
  }
  if (bytes > mostBytes) {
    keys.push({
      code: "volume/too-large",
      path,
      why: `holds ${bytes} bytes, at most ${mostBytes} fit into one object`,
      fix: "split it, or bring large files in the image",
    });
  }
  return keys;
}

/** The sensitive environment lives in a Secret of its own, whose name a volume must not take. */
function checkEnvSecret(spec: WorkloadSpec): Problem[] {
  const isNeeded = usesEnvSecret(spec);
  const taken = envSecretName(spec.name);
  return spec.volumes.flatMap((volume) =>
    isNeeded && volume.from === "secret" && volume.objectName === taken
      ? [
          {
            code: "volume/name-taken",
            path: joinPath("volumes", volume.name),
            value: volume.name,
            why: `its Secret would be ${JSON.stringify(taken)}, which holds the sensitive environment`,
            fix: "rename the volume",
          },
        ]
      : [],
  );
}

function checkMounts(container: ContainerSpec, volumes: readonly VolumeSpec[]): Problem[] {
  const names = volumes.map(({ name }) => name);
  const seen = new Map<string, MountSpec>();
  return container.mounts.flatMap((mount) => {
    const problems: Problem[] = [];
    if (!names.includes(mount.volume)) {
      const meant = closestName(mount.volume, names);
      problems.push({
        code: "mount/unknown-volume",
        path: `${mount.path}.volume`,
        value: mount.volume,
        why: names.length === 0 ? "the workload has no volumes" : `the volumes are ${names.join(", ")}`,
        fix: meant === undefined ? "add it to volumes, or name one of them" : `did you mean ${meant}`,
      });
    }
    problems.push(...checkMountPath(mount));
    const normalized = mount.mountPath.replace(/\/+$/, "");
    const first = seen.get(normalized);
    if (first === undefined) seen.set(normalized, mount);
    else {
      problems.push({
        code: "mount/path-clash",
        path: `${mount.path}.path`,
        value: mount.mountPath,
        why: `${first.path} is mounted at the same place`,
        fix: "choose another path",
      });
    }
    return problems;
  });
}

function checkMountPath(mount: MountSpec): Problem[] {
  const problems: Problem[] = [];
  const { mountPath, subPath } = mount;
  if (!/^\/[^:]*[^/:]\/*$/.test(mountPath)) {
    problems.push({
      code: "mount/path",
      path: `${mount.path}.path`,
      value: mountPath,
      why: "is not an absolute path below / without a colon",
      fix: mountPath.startsWith("/") ? 'choose a folder such as "/data"' : `write "/${mountPath}"`,
    });
  }
  if (subPath !== undefined && (subPath === "" || subPath.startsWith("/") || subPath.split("/").includes(".."))) {
    problems.push({
      code: "mount/sub-path",
      path: `${mount.path}.subPath`,
      value: subPath,
      why: "is not a relative path inside the volume",
      fix: 'write it without a leading "/" and without ".."',
    });
  }
  return problems;
}
