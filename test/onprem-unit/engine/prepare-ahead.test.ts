import { expect, test, vi } from "vitest";
import { prepareWorkers } from "../../../src/onprem/engine/prepare-ahead.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { renderMarker } from "../../../src/onprem/host/marker.js";
import type { Connector, Remote, RemoteScript } from "../../../src/onprem/remote.js";
import { framed, plainReport } from "../facts/fixtures.js";
import { artifacts, clusterSpec, marker, nodeSpec } from "../fixtures.js";

/** Stands for an answer about each service that is asked for. */
const servicesHere = "services";

const names = ["worker1", "worker2", "worker3"];

/** A host that could be a worker at once, apart from what a test says of it. */
function reportOf(name: string, over: Readonly<Record<string, string>>): string {
  const now = (Date.now() / 1000).toFixed(9);
  const { address } = nodeSpec(name).host;
  const { ended: _, ...plain } = plainReport;
  return framed({
    ...plain,
    begun: now,
    uname: `${name} 6.1.0-37-amd64 x86_64`,
    "machine-id": name,
    swaps: "Filename\tType\tSize\tUsed\tPriority\n",
    listening: "",
    addresses: JSON.stringify([{ ifname: "eth0", addr_info: [{ family: "inet", local: address, prefixlen: 24 }] }]),
    cgroup: "2",
    "disk /": "4096 30000000 40000000",
    "feature overlay": "present",
    "feature br_netfilter": "present",
    modes: "",
    digests: "",
    packages: "",
    images: "",
    services: servicesHere,
    ...over,
    ended: now,
  });
}

/** Prepares them and gives back the steps that began on each, as their journals would tell. */
async function prepare(
  over: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  controlPlanesPrepared = Promise.resolve(),
  begun: string[] = [],
) {
  const connector: Connector = {
    use: async ({ name }, work) => work(remoteOf(name, reportOf(name, over[name] ?? {}), begun)),
    close: async () => undefined,
  };
  await prepareWorkers(
    {
      cluster: clusterSpec(),
      controlPlanes: [nodeSpec("cp1")],
      workers: names.map((name) => nodeSpec(name)),
      artifacts,
      controlPlanesPrepared,
    },
    { connector, signal: new AbortController().signal, report: () => undefined },
  );
  return begun;
}

/** Does nothing, and says of the package of containerd that it cannot be had. */
function remoteOf(name: string, report: string, begun: string[]): Remote {
  const run = async ({ text, args = [] }: RemoteScript) => {
    if (text.includes("journal") || args[1] === "begin") begun.push(`${name} ${args[0]}`);
    if (text === "install\n" || text.includes("apt-get")) throw new Error("no package");
    const services = (args[1] ?? "")
      .split("\n")
      .map(() => "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n");
    const seen = report.replace(servicesHere, services.join("\n"));
    return { exitCode: 0, stdout: text.includes("fact begun") ? seen : "", stderr: "" };
  };
  return {
    name,
    run,
    runUnit: run,
    readFile: async (path) =>
      path === hostPaths.marker ? Buffer.from(renderMarker(marker(nodeSpec(name)))) : undefined,
    writeFile: async () => undefined,
    upload: async () => undefined,
    close: async () => undefined,
  };
}

const first = (begun: readonly string[]) => names.filter((name) => begun.includes(`${name} claim`));

test("workers are prepared, and one that fails keeps nobody from it", async () => {
  const begun = await prepare();
  expect(first(begun)).toEqual(names);
});

test.each([
  { what: "with a problem", over: { systemd: "none" } },
  { what: "of another cluster", over: { marker: renderMarker(marker(nodeSpec("worker2"), { cluster: "other" })) } },
  { what: "that is a node already", over: { marker: renderMarker(marker(nodeSpec("worker2"))) } },
])("a host $what is left to its own resource", async ({ over }) => {
  const begun = await prepare({ worker2: over });
  expect(first(begun)).toEqual(["worker1", "worker3"]);
  expect(begun.filter((line) => line.startsWith("worker2"))).toEqual([]);
});

test("what comes before images does not wait for the control planes, and what failed is not tried again", async () => {
  let prepared = (): void => undefined;
  const controlPlanesPrepared = new Promise<void>((resolve) => {
    prepared = resolve;
  });
  const begun: string[] = [];
  const preparing = prepare({}, controlPlanesPrepared, begun);
  const all = names.flatMap((name) => [`${name} claim`, `${name} packages`]).sort();
  await vi.waitFor(() => expect([...begun].sort()).toEqual(all));
  prepared();
  await preparing;
  expect([...begun].sort()).toEqual(all);
});
