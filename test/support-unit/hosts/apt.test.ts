import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { aptGet, withApt } from "../../support/hosts/apt.js";

const folder = mkdtempSync(join(tmpdir(), "isokube-apt-"));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("those that want packages at the same moment run apt one after another", async () => {
  // As apt itself does when another run holds its lock.
  const apt = `#!/bin/sh
mkdir ${folder}/lock 2> /dev/null || { echo "E: Could not get lock" >&2; exit 100; }
sleep 0.2
echo "$@" >> ${folder}/done
rmdir ${folder}/lock
`;
  writeFileSync(join(folder, "apt-get"), apt, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  vi.stubEnv("XDG_CACHE_HOME", folder);
  const runs = ["update", "install"].map((what) => withApt(() => aptGet([what], 10)));
  await expect(Promise.all(runs)).resolves.toHaveLength(2);
});
