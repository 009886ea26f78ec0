import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { closeAfterEach, failureOf, onHost, processesWith, until } from "./fixtures.js";

closeAfterEach();

const digestOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const modeOf = (path: string): number => statSync(path).mode & 0o7777;

describe("a file on a host", () => {
  it("is written as a whole, with its mode, folders and all", async () => {
    await onHost(async (remote, host) => {
      const path = join(host.folder, "new", "it's a $folder", "file");
      const content = Buffer.concat([Buffer.from([0, 255, 10, 13]), randomBytes(300_000)]);
      await remote.writeFile({ path, content, mode: 0o640 });
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(modeOf(path)).toBe(0o640);
      expect((await remote.readFile(path))?.equals(content)).toBe(true);
      expect(host.commands.join()).not.toContain(content.toString("latin1").slice(20, 40));
    });
  });

  it("takes the place of another one, which readers keep until then", async () => {
    await onHost(async (remote, host) => {
      const path = host.keep("file", "before");
      const inode = statSync(path).ino;
      await remote.writeFile({ path, content: "after", mode: 0o600 });
      expect(readFileSync(path, "utf8")).toBe("after");
      expect(statSync(path).ino).not.toBe(inode);
      expect(readdirSync(host.folder).filter((name) => name.includes("isokube-part"))).toEqual([]);
    });
  });

  it("may be empty", async () => {
    await onHost(async (remote, host) => {
      const path = join(host.folder, "empty");
      await remote.writeFile({ path, content: "", mode: 0o644 });
      expect(await remote.readFile(path)).toEqual(Buffer.alloc(0));
    });
  });

  it("that is not there is told apart from one that cannot be read", async () => {
    await onHost(async (remote, host) => {
      expect(await remote.readFile(join(host.folder, "absent"))).toBeUndefined();
      expect(await failureOf(remote.readFile(host.folder))).toMatchObject({
        kind: "exit",
        message: expect.stringContaining("Is a directory"),
      });
      symlinkSync("/nowhere", join(host.folder, "dangling"));
      expect((await failureOf(remote.readFile(join(host.folder, "dangling")))).kind).toBe("exit");
    });
  });

  it("is not written into a folder of its name", async () => {
    await onHost(async (remote, host) => {
      const path = join(host.folder, "folder");
      mkdirSync(path);
      const failure = await failureOf(remote.writeFile({ path, content: "x", mode: 0o644 }));
      expect(failure.message).toContain(`${path} could not be written`);
      expect(readdirSync(host.folder).filter((name) => name.includes("isokube-part"))).toEqual([]);
    });
  });
});

describe("an upload", () => {
  const content = randomBytes(5_000_000);
  const sha256 = digestOf(content);

  it("brings the file, and is not repeated when it is there", async () => {
    await onHost(async (remote, host) => {
      const from = join(host.folder, "from");
      writeFileSync(from, content);
      const path = join(host.folder, "bin", "to");
      const progress: number[] = [];
      const onProgress = (sent: number, total: number): number => progress.push(sent / total);
      await remote.upload({ from, path, sha256, mode: 0o755, onProgress });
      expect(digestOf(readFileSync(path))).toBe(sha256);
      expect(modeOf(path)).toBe(0o755);
      expect(progress.length).toBeGreaterThan(5);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      expect(progress.at(-1)).toBe(1);

      const inode = statSync(path).ino;
      chmodSync(path, 0o600);
      progress.length = 0;
      await remote.upload({ from, path, sha256, mode: 0o755, onProgress });
      expect([statSync(path).ino, modeOf(path), progress]).toEqual([inode, 0o755, [1]]);
    });
  });

  it("replaces a file with another digest", async () => {
    await onHost(async (remote, host) => {
      const from = join(host.folder, "from");
      writeFileSync(from, content);
      const path = host.keep("to", "other");
      await remote.upload({ from, path, sha256, mode: 0o644 });
      expect(digestOf(readFileSync(path))).toBe(sha256);
    });
  });

  it("of a file that is not what it should be leaves what was there", async () => {
    await onHost(async (remote, host) => {
      const from = host.keep("from", "tampered");
      const path = host.keep("to", "before");
      const failure = await failureOf(remote.upload({ from, path, sha256, mode: 0o644 }));
      expect(failure).toMatchObject({ kind: "exit", message: expect.stringContaining(sha256) });
      expect(readFileSync(path, "utf8")).toBe("before");
      expect(readdirSync(host.folder).filter((name) => name.includes("isokube-part"))).toEqual([]);
    });
  });

  it("that is stopped leaves neither file nor process", async () => {
    await onHost(async (remote, host) => {
      const from = join(host.folder, "from");
      writeFileSync(from, randomBytes(30_000_000));
      const path = join(host.folder, "to");
      const stop = new AbortController();
      const onProgress = (sent: number): void => {
        if (sent > 2_000_000) stop.abort(new Error("enough"));
      };
      const upload = { from, path, sha256, mode: 0o644, onProgress, signal: stop.signal };
      await expect(remote.upload(upload)).rejects.toThrow("enough");
      expect(readdirSync(host.folder).filter((name) => name.startsWith("to"))).toEqual([]);
      expect(processesWith(`sh ${path} ${sha256}`)).toEqual([]);
    });
  });

  it("that loses its connection leaves no half file, and goes through the next time", async () => {
    await onHost(async (remote, host) => {
      const from = join(host.folder, "from");
      writeFileSync(from, content);
      const path = join(host.folder, "to");
      let cut = false;
      const onProgress = (sent: number): void => {
        if (sent > 2_000_000 && !cut) {
          cut = true;
          host.cut();
        }
      };
      const failure = await failureOf(remote.upload({ from, path, sha256, mode: 0o644, onProgress }));
      expect(failure.kind).toBe("unreachable");
      await until("the unfinished file is gone", () =>
        readdirSync(host.folder).every((name) => !name.startsWith("to")),
      );
      await remote.upload({ from, path, sha256, mode: 0o644 });
      expect(existsSync(path)).toBe(true);
    });
  });

  it("clears what a killed one left", async () => {
    await onHost(async (remote, host) => {
      const from = join(host.folder, "from");
      writeFileSync(from, content);
      host.keep("to.isokube-part.aBcDeF", "half");
      await remote.upload({ from, path: join(host.folder, "to"), sha256, mode: 0o644 });
      expect(readdirSync(host.folder).filter((name) => name.startsWith("to"))).toEqual(["to"]);
    });
  });

  it("fails before anything is sent when the file or its digest is no such thing", async () => {
    await onHost(async (remote, host) => {
      const path = join(host.folder, "to");
      const absent = join(host.folder, "absent");
      await expect(remote.upload({ from: absent, path, sha256, mode: 0o644 })).rejects.toThrow(
        /absent.*cannot be read/,
      );
      await expect(remote.upload({ from: absent, path, sha256: "x", mode: 0o644 })).rejects.toThrow("64 lower-case");
      expect(host.commands).toEqual([]);
    });
  });
});
