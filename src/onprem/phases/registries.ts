import { addonImages } from "../../core/addon-images.js";
import { upstreamRegistry } from "../artifacts/pause-image.js";
import type { HostFacts } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { keepOriginal } from "../host/keep-original.js";
import { fileDifference, joinReasons, type ManagedFile } from "../host/managed-file.js";
import { restoreKeys } from "../host/marker.js";
import type { HostPhase, HostView } from "./phase.js";

/** Registries that a cluster's own images are named after. */
const registryNames = [
  ...new Set([upstreamRegistry, ...Object.values(addonImages).map((image) => image.slice(0, image.indexOf("/")))]),
].sort();

/** Where containerd looks up what stands for each of them, and where the administrator's own file is kept. */
export const registryFiles = registryNames.map((registry) => {
  const folder = `${hostPaths.containerdRegistries}/${registry}`;
  const path = `${folder}/hosts.toml`;
  return { registry, folder, path, backup: `${hostPaths.backups}${path}` };
});

/**
 * Sends containerd to the mirror and nowhere else. Images keep their names, so
 * that a mirror can come, go or move without a change of any object.
 */
function mirrorFiles({ cluster }: Pick<HostView, "cluster">): ManagedFile[] {
  const mirror = cluster.artifacts.kind === "online" ? cluster.artifacts.images : undefined;
  if (mirror === undefined) return [];
  const [host = "", ...path] = mirror.split("/");
  const server = JSON.stringify(`https://${[host, "v2", ...path].join("/")}`);
  const settings = ['capabilities = ["pull", "resolve"]', "override_path = true"];
  const lines = [
    "# Written by isokube.",
    // What is asked last: without it, that would be the registry itself.
    `server = ${server}`,
    ...settings,
    "",
    // containerd 1.6 leaves a file without such a table aside as a whole.
    `[host.${server}]`,
    ...settings.map((line) => `  ${line}`),
  ];
  return registryFiles.map(({ path }) => ({ path, content: `${lines.join("\n")}\n`, mode: 0o644 }));
}

/** Files of a mirror that is no longer asked for. */
function leftovers({ files, marker }: Pick<HostFacts, "files" | "marker">): (typeof registryFiles)[number][] {
  return registryFiles.filter(({ path, backup }) => {
    if (marker?.restore[restoreKeys.file(path)] === undefined) return false;
    return files[path]?.sha256 !== files[backup]?.sha256;
  });
}

const putBackScript = `set -eu
if [ -e "$2" ]; then
  cp -p "$2" "$1.isokube"
  mv -fT "$1.isokube" "$1"
else
  rm -f "$1"
fi
`;

export const registries: HostPhase = {
  name: "registries",
  title: "mirror of the registries",
  needed(view) {
    const files = mirrorFiles(view);
    if (files.length > 0) return joinReasons(files.map((file) => fileDifference(view.facts, file)));
    const left = leftovers(view.facts);
    return left.length === 0
      ? undefined
      : `no mirror stands for ${left.map(({ registry }) => registry).join(", ")} any more`;
  },
  async run(view, { remote, signal }) {
    const files = mirrorFiles(view);
    for (const file of files) {
      await keepOriginal(remote, file.path);
      await remote.writeFile(file);
    }
    if (files.length > 0) return;
    for (const { path, backup } of leftovers(view.facts)) {
      await remote.run({ text: putBackScript, args: [path, backup], timeoutSeconds: 30, signal });
    }
  },
};
