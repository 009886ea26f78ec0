import type { Problem } from "../../../core/problems.js";
import type { OnpremOptions } from "../../contract.js";
import { fileProblems } from "./files.js";

/** Whether binaries and images come from one place, and whether it can be one. */
export function checkArtifacts({ artifacts = {} }: OnpremOptions): Problem[] {
  const { bundle, publicKeyFile, binaries, images } = artifacts;
  const path = "onprem.artifacts";
  return [
    ...(bundle === undefined ? [] : fileProblems(`${path}.bundle`, bundle, "folder")),
    ...(publicKeyFile === undefined ? [] : checkKey(`${path}.publicKeyFile`, publicKeyFile, bundle)),
    ...checkPlace(`${path}.binaries`, binaries, bundle, binariesProblem),
    ...checkPlace(`${path}.images`, images, bundle, imagesProblem),
  ];
}

function checkKey(path: string, file: string, bundle: string | undefined): Problem[] {
  if (bundle !== undefined) return fileProblems(path, file, "file");
  const why = "only a bundle is signed, and there is none";
  return [{ code: "onprem/unused-key", path, value: file, why, fix: "leave publicKeyFile out, or add bundle" }];
}

type Refusal = Pick<Problem, "why" | "fix">;

function checkPlace(
  path: string,
  place: string | undefined,
  bundle: string | undefined,
  problemOf: (place: string) => Refusal | undefined,
): Problem[] {
  if (place === undefined) return [];
  if (bundle !== undefined) {
    const why = "with a bundle nothing else is reached";
    return [{ code: "onprem/bundle-and-place", path, value: place, why, fix: "leave it out, or leave bundle out" }];
  }
  const refusal = problemOf(place);
  return refusal === undefined ? [] : [{ code: "onprem/artifact-place", path, value: place, ...refusal }];
}

function binariesProblem(prefix: string): Refusal | undefined {
  if (/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(prefix)) return undefined;
  return { why: "this is not a URL", fix: "write a prefix such as https://mirror.example.com/kubernetes" };
}

function imagesProblem(prefix: string): Refusal | undefined {
  const fix = "write a registry and perhaps a path, for example registry.example.com/mirror";
  if (prefix.includes("://")) return { why: "registries are written without a scheme", fix };
  // Without a dot, a port or localhost the first part is a path of Docker Hub.
  const isPrefix = /^([a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?|localhost(:\d+)?|[a-z0-9-]+:\d+)(\/[a-z0-9._-]+)*$/.test(prefix);
  return isPrefix ? undefined : { why: "this is not a registry prefix", fix };
}
