import { existsSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Problem } from "../src/core/problems.js";
import { cacheDirectory } from "./cache.js";
import type { GoInstallation } from "./go.js";

export interface DiskNeed {
  readonly purpose: string;
  readonly path: string;
  readonly bytes: number;
}

const mebibyte = 1024 * 1024;

/**
 * What a first build of the default parts takes, as measured; a warm build
 * cache holds nearly all of it already.
 */
const coldMebibytes = { moduleCache: 2800, buildCache: 7000, work: 3000, parts: 700 };
const warmMebibytes = { moduleCache: 100, buildCache: 300, work: 500, parts: 700 };

export function buildDiskNeeds(go: GoInstallation): readonly DiskNeed[] {
  const isWarm = existsSync(join(go.buildCache, "00")) && existsSync(join(go.moduleCache, "k8s.io"));
  const need = isWarm ? warmMebibytes : coldMebibytes;
  return [
    { purpose: "Go's module cache", path: go.moduleCache, bytes: need.moduleCache * mebibyte },
    { purpose: "Go's build cache", path: go.buildCache, bytes: need.buildCache * mebibyte },
    { purpose: "Go's work folder", path: process.env["GOTMPDIR"] ?? tmpdir(), bytes: need.work * mebibyte },
    { purpose: "the toolchain's cache", path: cacheDirectory(), bytes: need.parts * mebibyte },
  ];
}

/** One problem for each file system that is too full for what it is to take. */
export function diskProblems(needs: readonly DiskNeed[]): readonly Problem[] {
  const byDevice = new Map<number, DiskNeed[]>();
  for (const need of needs) {
    const { dev } = statSync(nearestFolder(need.path));
    byDevice.set(dev, [...(byDevice.get(dev) ?? []), need]);
  }
  return [...byDevice.values()].flatMap((sharing) => {
    const needed = sharing.reduce((sum, { bytes }) => sum + bytes, 0);
    const first = sharing[0];
    const free = first === undefined ? 0 : freeBytes(first.path);
    if (first === undefined || free >= needed) return [];
    const problem: Problem = {
      code: "toolchain/disk-space",
      path: first.path,
      why: `${gibibytes(free)} are free, but ${sharing.map(({ purpose }) => purpose).join(", ")} need ${gibibytes(needed)}`,
      fix: "free space there, or move it: ISOKUBE_CACHE, GOCACHE, GOMODCACHE, GOTMPDIR",
    };
    return [problem];
  });
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(nearestFolder(path));
  return bavail * bsize;
}

/** The folder itself, or the closest one above it that exists. */
export function nearestFolder(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearestFolder(dirname(path));
}

function gibibytes(bytes: number): string {
  return `${(bytes / mebibyte / 1024).toFixed(1)} GiB`;
}
