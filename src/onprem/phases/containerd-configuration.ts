import { pauseImage } from "../artifacts/pause-image.js";
import { hostPaths } from "../host/host-paths.js";
import type { ManagedFile } from "../host/managed-file.js";
import type { HostView } from "./phase.js";

export interface ContainerdVersion {
  readonly major: number;
  readonly minor: number;
}

/** Names under which distributions and Docker's repositories ship it. */
export const containerdPackages = ["containerd.io", "containerd"] as const;

/**
 * Reads a version as packages and `containerd --version` write it, for example
 * `1.6.20~ds1-1+b1`, `1:1.7.27-3.1.el9` or `v2.1.4`.
 */
export function parseContainerdVersion(text: string): ContainerdVersion | undefined {
  const match = /^(?:\d+:)?v?(\d+)\.(\d+)\./.exec(text.trim());
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** JSON's strings are TOML's basic strings as far as names and paths need them. */
const quote = (text: string): string => JSON.stringify(text);

/**
 * containerd's configuration as a whole, in the format of its release: the
 * plugins of the container runtime interface have other names since 2.0.
 */
export function renderContainerdConfiguration(
  { cluster, artifacts }: Pick<HostView, "cluster" | "artifacts">,
  version: ContainerdVersion,
): ManagedFile {
  const { cgroupDriver, restrictOomScoreAdj } = cluster.hostSettings;
  const settings = {
    sandbox: quote(pauseImage(artifacts)),
    registries: quote(hostPaths.containerdRegistries),
    plugins: quote(hostPaths.cniPlugins),
    configuration: quote(hostPaths.cniConfiguration),
    systemdCgroup: cgroupDriver === "systemd",
    restrictOomScoreAdj,
  };
  const body = version.major >= 2 ? renderFormat3(settings, version) : renderFormat2(settings);
  return {
    path: hostPaths.containerdConfiguration,
    content: `# Written by isokube; the original is kept in ${hostPaths.backups}.\n${body}`,
    mode: 0o644,
  };
}

interface Settings {
  readonly sandbox: string;
  readonly registries: string;
  readonly plugins: string;
  readonly configuration: string;
  readonly systemdCgroup: boolean;
  readonly restrictOomScoreAdj: boolean;
}

/** containerd 1.6 and 1.7. */
function renderFormat2(settings: Settings): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2

[${cri}]
  sandbox_image = ${settings.sandbox}
  restrict_oom_score_adj = ${settings.restrictOomScoreAdj}

  [${cri}.cni]
    bin_dir = ${settings.plugins}
    conf_dir = ${settings.configuration}

  [${cri}.containerd]
    default_runtime_name = "runc"

    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [${cri}.containerd.runtimes.runc.options]
        SystemdCgroup = ${settings.systemdCgroup}

  [${cri}.registry]
    config_path = ${settings.registries}
`;
}

/** containerd 2.0 and later. */
function renderFormat3(settings: Settings, version: ContainerdVersion): string {
  const runtime = `plugins."io.containerd.cri.v1.runtime"`;
  const images = `plugins."io.containerd.cri.v1.images"`;
  // 2.1 knows a list of directories and refuses the single one beside it.
  const single = version.major === 2 && version.minor === 0;
  const plugins = single ? `bin_dir = ${settings.plugins}` : `bin_dirs = [${settings.plugins}]`;
  return `version = 3

[${images}]
  [${images}.pinned_images]
    sandbox = ${settings.sandbox}

  [${images}.registry]
    config_path = ${settings.registries}

[${runtime}]
  restrict_oom_score_adj = ${settings.restrictOomScoreAdj}

  [${runtime}.cni]
    ${plugins}
    conf_dir = ${settings.configuration}

  [${runtime}.containerd]
    default_runtime_name = "runc"

    [${runtime}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [${runtime}.containerd.runtimes.runc.options]
        SystemdCgroup = ${settings.systemdCgroup}
`;
}
