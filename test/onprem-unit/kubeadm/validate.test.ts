import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { renderInit, renderJoin } from "../../../src/onprem/kubeadm/documents.js";
import { listParts } from "../../../toolchain/index.js";
import { initDocuments, joinDocuments } from "./cases.js";

/** The toolchain's; unit tests do without where it was not built yet. */
const kubeadm = listParts(["kubeadm"])[0]?.installed?.path;
const folder = mkdtempSync(join(tmpdir(), "isokube-kubeadm-"));
afterAll(() => rmSync(folder, { recursive: true }));

const documents = Object.entries({
  ...Object.fromEntries(Object.entries(initDocuments).map(([name, it]) => [`init ${name}`, renderInit(it)])),
  ...Object.fromEntries(Object.entries(joinDocuments).map(([name, it]) => [`join ${name}`, renderJoin(it)])),
});

test.skipIf(kubeadm === undefined).each(documents)("kubeadm takes the documents of %s", async (name, text) => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  const { stderr } = await promisify(execFile)(kubeadm ?? "", ["config", "validate", "--config", file]);
  // Unknown fields and deprecated versions are warnings only.
  expect(stderr).not.toMatch(/warn|unknown|deprecated|strict/i);
});
