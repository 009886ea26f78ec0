import type { Problem } from "../../../core/problems.js";
import type { OnpremOptions } from "../../contract.js";
import { fileProblems } from "./files.js";

/** Whether binaries and images come from one place, and whether it can be one. */
export function checkArtifacts({ artifacts = {} }: OnpremOptions): Problem[] {
  const { bundle, publicKeyFile, binaries, images, digests } = artifacts;
  const path = "onprem.artifacts";
  return [
    ...(bundle === undefined ? [] : fileProblems(`${path}.bundle`, bundle, "folder")),
    ...(publicKeyFile === undefined ? [] : checkKey(`${path}.publicKeyFile`, publicKeyFile, bundle)),
    ...checkPlace(`${path}.binaries`, binaries, bundle, (prefix) => binariesProblem(prefix, digests !== undefined)),
    ...checkPlace(`${path}.images`, images, bundle, imagesProblem),
    ...(digests === undefined ? [] : checkDigests(`${path}.digests`, digests, bundle)),
  ];
}

function checkDigests(path: string, digests: object, bundle: string | undefined): Problem[] {
  if (bundle !== undefined) {
    const why = "a bundle brings its own digests";
    return [{ code: "onprem/unused-digests", path, why, fix: "leave it out, or leave bundle out" }];
  }
  const given = Object.entries(digests).flatMap(([architecture, programs]: [string, object | undefined]) =>
    Object.entries(programs ?? {}).map(([name, digest]) => ({ path: `${path}.${architecture}.${name}`, digest })),
  );
  if (given.length === 0) {
    const why = "it names no digest, so there would be no program for any host";
    return [{ code: "onprem/no-digests", path, why, fix: "write those of amd64 or arm64, or leave it out" }];
  }
  return given
    .filter(({ digest }) => !/^[0-9a-f]{64}$/.test(String(digest)))
    .map((each) => ({
      code: "onprem/digest",
      path: each.path,
      value: each.digest,
      why: "this is no SHA-256 digest in 64 lower-case hexadecimal digits",
      fix: "write what `sha256sum` says of the official file",
    }));
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
  // What is before an @ may be a password.
  const shown = place.includes("@") ? {} : { value: place };
  if (bundle !== undefined) {
    const why = "with a bundle nothing else is reached";
    return [{ code: "onprem/bundle-and-place", path, ...shown, why, fix: "leave it out, or leave bundle out" }];
  }
  const refusal = problemOf(place);
  if (refusal === undefined) return [];
  return [{ code: "onprem/artifact-place", path, ...shown, ...refusal }];
}

function binariesProblem(prefix: string, hasDigests: boolean): Refusal | undefined {
  const fix = "write a prefix such as https://mirror.example.com/files";
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(prefix)) return { why: "this is not a URL", fix };
  if (/^https?:\/\/[^/]*@/.test(prefix)) {
    return { why: "what is before the @ would be in the stack's state and on every host", fix };
  }
  if (prefix.startsWith("https:") || hasDigests) return undefined;
  return {
    why: "without TLS, whoever sits between could change the files and the digests beside them",
    fix: "use https, or write the digests into onprem.artifacts.digests",
  };
}

function imagesProblem(prefix: string): Refusal | undefined {
  const fix = "write a registry and perhaps a path, for example registry.example.com/mirror";
  if (prefix.includes("://")) return { why: "registries are written without a scheme", fix };
  // Without a dot, a port or localhost the first part is a path of Docker Hub.
  const isPrefix = /^([a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?|localhost(:\d+)?|[a-z0-9-]+:\d+)(\/[a-z0-9._-]+)*$/.test(prefix);
  return isPrefix ? undefined : { why: "this is not a registry prefix", fix };
}
