// Hosts to look around in by hand: `node test/support/hosts/up.mjs 3 [--password] [--root-login]`, as root.
// They are there until this program is interrupted.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleSources } from "../../../scripts/lib/bundle-sources.mjs";

const here = import.meta.dirname;
const bundle = mkdtempSync(join(here, "../../../node_modules/.cache-hosts-"));
const outfile = join(bundle, "hosts.mjs");
await bundleSources(join(here, "index.ts"), outfile);
const { startHosts, thisMachinesHostSettings } = await import(pathToFileURL(outfile).href);
rmSync(bundle, { recursive: true });

const options = process.argv.slice(2);
const count = Number(options.find((option) => /^\d+$/.test(option)) ?? 1);
const begun = Date.now();
const hosts = await startHosts({
  count,
  sudo: options.includes("--password") ? "password" : "passwordless",
  rootLogin: options.includes("--root-login"),
});
console.log(`${count} hosts on ${hosts.network} after ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
for (const host of hosts) {
  console.log(`${host.name}  ${host.address}  ${host.hostKey}`);
  console.log(`  ssh -i ${host.privateKeyFile} ${host.user}@${host.address}   # sudo password: ${host.password}`);
  console.log(`  console: ${join(host.folder, "console.log")}`);
}
console.log(`\nsettings that Kubernetes needs here: ${JSON.stringify(thisMachinesHostSettings, undefined, 2)}`);
console.log("\nCtrl-C removes them.");
const alive = setInterval(() => undefined, 1 << 30);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    clearInterval(alive);
    hosts.close().then(() => console.log("removed"));
  });
}
