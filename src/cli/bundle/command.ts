import { Command, InvalidArgumentError } from "commander";
import {
  type AddonName,
  addonNames,
  defaultKubernetesMinor,
  kubernetesVersions,
  progressLines,
} from "../../../toolchain/index.js";
import { interruptible } from "../interrupt.js";
import { renderTable } from "../table.js";
import { readPrivateKey, readPublicKey, writeKeyPair } from "./keys.js";
import { makeBundle } from "./make.js";
import { verifyBundle } from "./verify.js";

interface BundleOptions {
  readonly kubernetesVersion: string;
  readonly output?: string;
  readonly addOns: readonly AddonName[];
  readonly sign?: string;
  readonly verify?: string;
  readonly publicKey?: string;
}

/** Everything but what only tests run. */
const defaultAddons = addonNames.filter((name) => name !== "agnhost");

/** `isokube bundle`: everything that bare-metal hosts need, in one folder. */
export function bundleCommand(): Command {
  const versions = Object.keys(kubernetesVersions).join(" or ");
  return new Command("bundle")
    .description("write a folder with everything that bare-metal hosts need and cannot fetch, or verify one")
    .option("--kubernetes-version <version>", versions, defaultKubernetesMinor)
    .option("--output <folder>", "where to write it; running again mends what is missing or damaged")
    .option("--add-ons <names>", `comma-separated, of ${addonNames.join(", ")}; or none`, parseAddons, defaultAddons)
    .option("--sign <keyfile>", "Ed25519 private key in PEM, to sign the list of files with")
    .option("--verify <folder>", "only compare a bundle with its list")
    .option("--public-key <file>", "with --verify: the list must be signed with this key's private half")
    .addCommand(keygenCommand())
    .action(async (options: BundleOptions, command: Command) => {
      if ((options.output === undefined) === (options.verify === undefined)) {
        command.error("error: say either --output <folder> or --verify <folder>", { exitCode: 2 });
      }
      if (options.verify !== undefined) await verify(options.verify, options.publicKey);
      if (options.output !== undefined) await make(options.output, options);
    });
}

async function make(directory: string, options: BundleOptions): Promise<void> {
  const privateKey = options.sign === undefined ? undefined : readPrivateKey(options.sign);
  const made = await interruptible((signal) =>
    makeBundle({
      directory,
      kubernetesVersion: options.kubernetesVersion,
      addons: options.addOns,
      onProgress: progressLines(process.stderr),
      signal,
      ...(privateKey === undefined ? {} : { privateKey }),
    }),
  );
  const rows = made.rows.map(({ name, version, way, bytes, seconds }) => [
    name,
    version,
    way,
    megabytes(bytes),
    seconds.toFixed(1).padStart(7),
  ]);
  const total = made.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  process.stdout.write(`${renderTable(["PART", "VERSION", "WAY", "SIZE", "SECONDS"], rows)}\n`);
  process.stdout.write(
    `\n${directory}: Kubernetes ${made.manifest.kubernetesVersion}, ${made.manifest.files.length} files, ` +
      `${made.manifest.images.length} images, ${megabytes(total).trim()}${privateKey === undefined ? "" : ", signed"}\n`,
  );
}

async function verify(directory: string, publicKeyFile: string | undefined): Promise<void> {
  const publicKey = publicKeyFile === undefined ? undefined : readPublicKey(publicKeyFile);
  const { manifest } = await interruptible((signal) => verifyBundle(directory, publicKey, signal));
  process.stdout.write(
    `${directory}: ${manifest.files.length} files are as listed` +
      `${publicKey === undefined ? "; who listed them was not checked (--public-key)" : " and the list is signed"}\n`,
  );
}

function keygenCommand(): Command {
  return new Command("keygen")
    .description(
      "make an Ed25519 key pair for signing bundles: NAME.key stays with you, NAME.pub goes to whoever installs",
    )
    .argument("[name]", "path of the files without their ending", "isokube-bundle")
    .action((name: string) => {
      const { privateFile, publicFile } = writeKeyPair(name);
      process.stdout.write(`${privateFile} (keep it secret) and ${publicFile}\n`);
    });
}

function parseAddons(list: string): readonly AddonName[] {
  if (list === "none") return [];
  return list.split(",").map((text) => {
    const found = addonNames.find((name) => name === text.trim());
    if (found === undefined) throw new InvalidArgumentError(`${text} is none of ${addonNames.join(", ")}.`);
    return found;
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0).padStart(5)} MB`;
}
