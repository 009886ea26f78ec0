import { cniArchiveDigests, cniPluginNames, cniPluginsVersion } from "../../core/cni-plugins.js";
import { messageOf } from "../../core/message-of.js";
import { ValidationError } from "../../core/validation.js";
import type { ArtifactsSpec, OnpremClusterSpec } from "../spec.js";
import type { Architecture, Artifact, Artifacts, ProgramArchive, Programs } from "./artifacts.js";

type OnlineSpec = Extract<ArtifactsSpec, { readonly kind: "online" }>;

const programNames = ["kubelet", "kubeadm", "kubectl"] as const;
const architectures = ["amd64", "arm64"] as const satisfies readonly Architecture[];

/** Who publishes the files. A mirror stands for both: below its prefix, files are where they are with them. */
const publishers = { kubernetes: "https://dl.k8s.io", cniPlugins: "https://github.com" } as const;

/** Where a release's files are, at their publishers or on a mirror with the same paths. */
function placesOf(mirror: string | undefined, version: string, architecture: Architecture) {
  const archive = `cni-plugins-linux-${architecture}-v${cniPluginsVersion}.tgz`;
  const plugins = "containernetworking/plugins/releases/download";
  return {
    program: (name: string) =>
      `${mirror ?? publishers.kubernetes}/release/v${version}/bin/linux/${architecture}/${name}`,
    cniArchive: `${mirror ?? publishers.cniPlugins}/${plugins}/v${cniPluginsVersion}/${archive}`,
  };
}

/**
 * What hosts are made of, fetched by themselves. Every digest is known before a
 * host is asked for anything: from the program, or as published beside the file.
 *
 * @param publishedDigest of the file with this URL; @throws when it cannot be had
 * @throws ValidationError when there are digests for no architecture at all
 */
export async function onlineArtifacts(
  { kubernetesVersion }: Pick<OnpremClusterSpec, "kubernetesVersion">,
  spec: OnlineSpec,
  publishedDigest: (url: string) => Promise<string>,
): Promise<Artifacts> {
  const found = await Promise.all(
    architectures.map(async (architecture) => ({
      architecture,
      programs: await programsFor(architecture, kubernetesVersion, spec, publishedDigest),
    })),
  );
  const usable = found.flatMap(({ architecture, programs }) => ("why" in programs ? [] : [{ architecture, programs }]));
  const [first] = usable;
  if (first === undefined) throw noDigests(kubernetesVersion, spec, found);
  const others = found.filter(({ architecture }) => architecture !== first.architecture);
  return {
    ...first.programs,
    kubernetesVersion,
    architecture: first.architecture,
    others: Object.fromEntries(others.map(({ architecture, programs }) => [architecture, programs])),
    imageArchives: [],
  };
}

async function programsFor(
  architecture: Architecture,
  version: string,
  { binaries: mirror, digests }: OnlineSpec,
  publishedDigest: (url: string) => Promise<string>,
): Promise<Programs | { readonly why: string }> {
  const places = placesOf(mirror, version, architecture);
  const given = digests?.[architecture];
  if (digests !== undefined && given === undefined) {
    return { why: `onprem.artifacts.digests has none for ${architecture}` };
  }
  const digestOf = (name: (typeof programNames)[number]) => given?.[name] ?? publishedDigest(places.program(name));
  const program = async (name: (typeof programNames)[number]): Promise<Artifact> =>
    fetched(name, places.program(name), await digestOf(name));
  try {
    const [kubelet, kubeadm, kubectl] = await Promise.all([program("kubelet"), program("kubeadm"), program("kubectl")]);
    const digest = given?.cniPlugins ?? cniArchiveDigests[architecture];
    return {
      binaries: { kubelet, kubeadm, kubectl },
      cniPlugins: [],
      cniArchive: {
        file: fetched("cni-plugins", places.cniArchive, digest),
        members: cniPluginNames,
      } satisfies ProgramArchive,
    };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

function fetched(name: string, url: string, sha256: string): Artifact {
  return { name, sha256, bytes: undefined, source: { kind: "url", url } };
}

function noDigests(
  version: string,
  { binaries: mirror }: OnlineSpec,
  found: readonly { readonly programs: Programs | { readonly why: string } }[],
): ValidationError {
  const reasons = found.flatMap(({ programs }) => ("why" in programs ? [programs.why] : []));
  return new ValidationError("the cluster's parts", [
    {
      code: "onprem/digests-unknown",
      path: mirror === undefined ? "onprem.artifacts" : "onprem.artifacts.binaries",
      value: mirror ?? publishers.kubernetes,
      why: `nobody says which digests the files of Kubernetes ${version} have: ${reasons[0] ?? "nothing was found"}`,
      fix: "let the machine that runs Pulumi read the .sha256 files there, write the digests into onprem.artifacts.digests, or use a bundle",
    },
  ]);
}
