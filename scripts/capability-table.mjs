// Writes README's capability table from the matrix: `node scripts/capability-table.mjs`.
//
//   --check   changes nothing; fails when README's table is not what the matrix says
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const readme = join(root, "README.md");
const begin = "<!-- capabilities: written by scripts/capability-table.mjs -->";
const end = "<!-- capabilities: end -->";

/** The matrix as the product has it, without loading the rest of the product. */
async function loadMatrix() {
  const { build } = await import("esbuild");
  const source = join(root, "src", "providers", "capabilities.ts");
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** A column for every way a cluster can be made; what only a live cluster can tell is no column. */
const columns = [
  { title: "EKS", target: "aws", compute: "pools" },
  { title: "EKS Auto Mode", target: "aws", compute: "serverless" },
  { title: "AKS", target: "azure", compute: "pools" },
  { title: "AKS Automatic", target: "azure", compute: "serverless" },
  { title: "GKE", target: "gcp", compute: "pools" },
  { title: "GKE Autopilot", target: "gcp", compute: "serverless" },
  { title: "on-premise", target: "onprem", compute: "pools" },
  { title: "local", target: "local", compute: "pools" },
];

const words = { native: "yes", addon: "add-on", emulated: "emulated", unsupported: "no", unknown: "?" };

/** The table, and under it what is emulated or missing, with the reason. */
export async function capabilityTable() {
  const { capabilities, capabilityMatrix, capabilityMeanings } = await loadMatrix();
  const supportIn = (capability) => columns.map(({ target, compute }) => capabilityMatrix[target][compute][capability]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const table = [
    line(["", ...columns.map(({ title }) => title)]),
    line(["---", ...columns.map(() => "---")]),
    ...capabilities.map((capability) =>
      line([capabilityMeanings[capability], ...supportIn(capability).map(({ level }) => words[level])]),
    ),
  ];
  const exceptions = columns.flatMap(({ title, target, compute }) => {
    const of = new Map();
    for (const capability of capabilities) {
      const text = exceptionOf(capabilityMatrix[target][compute][capability]);
      if (text !== undefined) of.set(text, [...(of.get(text) ?? []), `\`${capability}\``]);
    }
    return [...of].map(([text, names]) => `- **${title}** ${names.join(", ")}: ${text}`);
  });
  return [...table, "", "Where a cell says *no* or *emulated*:", "", ...exceptions].join("\n");
}

function exceptionOf(support) {
  if (support.level === "emulated") return `emulated: ${support.by}.`;
  if (support.level === "unsupported") return `${support.reason}. Instead: ${support.remedy}.`;
  return undefined;
}

/** README with the table in its place. */
export async function withTable(text) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no place for the table: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${await capabilityTable()}\n${text.slice(to)}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = process.argv.slice(2);
  const unknown = options.filter((option) => option !== "--check");
  if (unknown.length > 0) {
    process.stderr.write(`unknown option ${unknown.join(", ")}; known: --check\n`);
    process.exitCode = 2;
  } else {
    const text = readFileSync(readme, "utf8");
    const wanted = await withTable(text);
    if (text === wanted) process.stdout.write("README's capability table is what the matrix says\n");
    else if (options.length > 0) {
      process.stderr.write(
        "README's capability table is not what the matrix says: run node scripts/capability-table.mjs\n",
      );
      process.exitCode = 1;
    } else {
      writeFileSync(readme, wanted);
      process.stdout.write("wrote README's capability table\n");
    }
  }
}
