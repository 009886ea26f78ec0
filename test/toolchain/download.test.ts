import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DownloadLimits, defaultLimits, downloadInto } from "../../toolchain/download.js";
import type { Download } from "../../toolchain/downloads.js";
import { tarGz } from "./archives.js";
import { openSandbox, type Sandbox } from "./sandbox.js";

const program = Buffer.alloc(300_000, "a program ");
const archive = tarGz([{ path: "etcd-v3/etcd", content: program }]);
let sandbox: Sandbox;
let server: Server;
beforeEach(() => {
  sandbox = openSandbox();
  mkdirSync(join(sandbox.directory, "unit"));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  sandbox.close();
});

/** A mirror on loopback; returns the address of a file on it. */
async function serve(listener: RequestListener, file = "etcd.tar.gz"): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`;
}

function etcd(url: string, changes: Partial<Download> = {}): Download {
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const executables = { etcd: "etcd-v3/etcd" };
  return { name: "etcd", version: "3.6.5", url, sha256, format: "tar.gz", executables, ...changes };
}

function download(from: Download, changes: Partial<DownloadLimits> = {}, signal?: AbortSignal) {
  const steps: string[] = [];
  const onStep = (step: string) => steps.push(step);
  const record = downloadInto(join(sandbox.directory, "unit"), from, {
    limits: { ...defaultLimits, ...changes },
    onStep,
    signal,
  });
  return record.then((installed) => ({ installed, steps }));
}

describe("the download way", () => {
  test("streams, verifies and unpacks an archive into an executable", async () => {
    const url = await serve((_, response) => response.end(archive));
    const { installed, steps } = await download(etcd(url));
    expect(installed.executables).toEqual({ etcd: { file: "etcd", bytes: program.length, version: "3.6.5" } });
    expect(installed.way).toBe("download");
    const file = join(sandbox.directory, "unit", "etcd");
    expect(readFileSync(file).equals(program)).toBe(true);
    expect(statSync(file).mode & 0o111).toBe(0o111);
    expect(steps.some((step) => /^downloading from 127\.0\.0\.1:\d+: \d+ MB/.test(step))).toBe(true);
  });

  test("takes a raw file as the executable and follows a redirect to it", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/kubectl") response.writeHead(302, { location: "/elsewhere" }).end();
      else response.end(program);
    }, "kubectl");
    const sha256 = createHash("sha256").update(program).digest("hex");
    const raw = { name: "kubectl", format: "raw", executables: { kubectl: "kubectl" }, sha256 } as const;
    const { installed } = await download(etcd(url, raw));
    expect(installed.executables.kubectl?.bytes).toBe(program.length);
  });

  test.each<[string, RequestListener, string, RegExp, Partial<DownloadLimits>?]>([
    [
      "another content than pinned",
      (_, r) => r.end("something else"),
      "wrong",
      /has SHA-256 [0-9a-f]{64}, not the pinned/,
    ],
    ["a missing file", (_, r) => r.writeHead(404).end("no"), "refused", /answered 404 Not Found/],
    ["a broken server", (_, r) => r.writeHead(503).end(), "refused", /answered 503/],
    [
      "a truncated file",
      (_, r) => {
        r.writeHead(200, { "content-length": archive.length });
        r.write(archive.subarray(0, 200), () => r.destroy());
      },
      "broken",
      /broke off/,
    ],
    ["a truncated file without a length", (_, r) => r.end(archive.subarray(0, 200)), "wrong", /not the pinned/],
    [
      "a server that never answers",
      () => undefined,
      "unreachable",
      /did not answer within 0\.3 s/,
      { answerSeconds: 0.3 },
    ],
    [
      "a server that stalls",
      (_, r) => r.write(archive.subarray(0, 200)),
      "slow",
      /sent nothing for 0\.3 s/,
      { stallSeconds: 0.3 },
    ],
    [
      "a server that drips",
      (_, r) => {
        const drip = setInterval(() => r.write("."), 20);
        r.once("close", () => clearInterval(drip));
      },
      "slow",
      /sends only \d+ kB\/s/,
      { patienceSeconds: 0.5 },
    ],
  ])("refuses %s, in bounded time", async (_, listener, kind, message, changes) => {
    const begun = Date.now();
    const failure = await download(etcd(await serve(listener)), changes).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "DownloadFailed", kind, message: expect.stringMatching(message) });
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  test("refuses more than it would ever need", async () => {
    const url = await serve((_, response) => response.end(archive));
    await expect(download(etcd(url), { largestBytes: 100 })).rejects.toMatchObject({ kind: "wrong" });
  });

  test("finds out at once that nobody listens", async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    await expect(download(etcd(url))).rejects.toMatchObject({ kind: "unreachable" });
  });

  test("stops when it is interrupted", async () => {
    const interrupt = new AbortController();
    const url = await serve((_, response) => {
      response.write(archive.subarray(0, 200));
      interrupt.abort(new Error("interrupted"));
    });
    await expect(download(etcd(url), {}, interrupt.signal)).rejects.toThrow("interrupted");
  });
});
