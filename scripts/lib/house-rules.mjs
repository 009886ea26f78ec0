// Facts about the repository that no linter knows: no registry host, no path
// of a developer's machine, no key, no file beyond the size that one head holds.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const maxLines = 400;
const forbidden = [
  {
    what: "a package registry's host",
    pattern: /\/\/[a-z0-9.-]*(?:golang|npmjs|pythonhosted|pypi|crates|maven)[a-z0-9-]*\.[a-z]/i,
  },
  { what: "a path of somebody's machine", pattern: /(?:^|[\s"'`=(:])\/(?:work|farm|root|Users)\/[a-z.]/i },
  { what: "a private key", pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----\n?[A-Za-z0-9+/]{20}/ },
  { what: "unfinished work", pattern: /\b(?:TODO|FIXME|XXX)\b/ },
];
const text = /\.(?:ts|mjs|cjs|js|json|ya?ml|md|go|mod|sh|cmd)$/;
const code = /^(?:src|toolchain|stacks|test|bench|scripts)\/.*\.(?:ts|mjs)$/;
// This file spells the patterns out.
const own = "scripts/lib/house-rules.mjs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => (text.test(file) || file.startsWith(".ci/")) && file !== own && file !== "package-lock.json");
const found = [];
for (const file of files) {
  let lines;
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch (error) {
    if (error.code === "ENOENT") continue; // deleted, not yet committed
    throw error;
  }
  if (code.test(file) && lines.length > maxLines)
    found.push(`${file}: ${lines.length} lines; split it (at most ${maxLines})`);
  lines.forEach((line, index) => {
    for (const { what, pattern } of forbidden) {
      if (pattern.test(line)) found.push(`${file}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`);
    }
  });
}
if (found.length > 0) {
  process.stderr.write(`${found.join("\n")}\n`);
  process.exitCode = 1;
}
