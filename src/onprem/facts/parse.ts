import type { Problem } from "../../core/problems.js";
import { ProblemList } from "../../core/validation.js";
import type { HostFacts, KernelFeature } from "../facts.js";
import { hostPaths } from "../host/host-paths.js";
import { endOfValidity, publicKeyPin, readCertificate } from "./certificates.js";
import { parseListeners, parseSockets } from "./listening.js";
import { parseMarker } from "./marker.js";
import { HostReport, isRecord } from "./report.js";
import type { Watched } from "./watched.js";

/** When the look was sent and its answer was there, by our clock, in seconds since 1970. */
export interface RoundTrip {
  readonly sentSeconds: number;
  readonly receivedSeconds: number;
}

/** What a host reported, as facts; with problems the facts are not to be relied on. */
export function parseFacts(
  output: string,
  watched: Pick<Watched, "services">,
  trip: RoundTrip,
): { readonly facts: HostFacts; readonly problems: readonly Problem[] } {
  const problems = new ProblemList();
  const report = HostReport.read(output, problems);
  const [hostname = "", kernel = "", machine = ""] = report.need("uname").trim().split(" ");
  const marker = report.need("marker");
  const { certificates, caHash } = readCertificates(report);
  const listeners = report.find("listening");
  const facts: HostFacts = {
    os: readOs(report),
    arch: machine === "x86_64" ? "amd64" : machine === "aarch64" ? "arm64" : "other",
    kernel,
    hostname,
    machineId: report.need("machine-id").trim(),
    productUuid: report.need("product-uuid").trim().toLowerCase() || undefined,
    systemd: report.need("systemd").trim(),
    cgroupVersion: report.need("cgroup") === "2" ? 2 : 1,
    cpus: report.number("cpus", report.need("cpus"), 1),
    memoryBytes: report.number("memory", /^MemTotal:\s+(\d+) kB/.exec(report.need("meminfo"))?.[1], 1) * 1024,
    swap: report
      .need("swaps")
      .split("\n")
      .slice(1)
      .flatMap((line) => /^(\S+)\s/.exec(line)?.[1] ?? []),
    ...readClock(report, trip),
    disks: readDisks(report),
    listening: listeners === undefined ? parseSockets(report.need("sockets")) : parseListeners(listeners),
    addresses: readAddresses(report),
    defaultInterface: defaultInterface(report),
    sysctls: Object.fromEntries(report.of("sysctl").map(([name, value]) => [name, value.trim()])),
    features: Object.fromEntries(report.of("feature").map(([name, value]) => [name, readFeature(report, name, value)])),
    packages: readPackages(report),
    services: readServices(report, watched.services),
    files: readFiles(report),
    certificates,
    images: (report.find("images") ?? "").split("\n").filter((name) => name !== "" && !name.startsWith("sha256:")),
    marker: marker.trim() === "" ? undefined : parseMarker(marker, problems),
    caHash,
    hasEtcdData: report.need("etcd-data") === "yes",
  };
  if (facts.machineId === "") {
    report.refuse("machineId", undefined, "the host has no /etc/machine-id", "run `systemd-machine-id-setup` on it");
  }
  return { facts, problems: problems.found };
}

function readOs(report: HostReport): HostFacts["os"] {
  const values = new Map<string, string>();
  for (const line of report.need("os-release").split("\n")) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], unquote(match[2]));
  }
  const id = values.get("ID") ?? "";
  if (id === "") report.refuse("os.id", undefined, "/etc/os-release names no distribution", "restore the file");
  return {
    id,
    idLike: (values.get("ID_LIKE") ?? "").split(/\s+/).filter((part) => part !== ""),
    versionId: values.get("VERSION_ID") ?? "",
    name: values.get("PRETTY_NAME") ?? id,
  };
}

/** The quoting of os-release(5). */
function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted === null ? text : (quoted[2] ?? "").replace(/\\(["'$`\\])/g, "$1");
}

/**
 * The host's clock at the middle of its script against ours at the middle of
 * the round trip: the way there and the way back take out each other.
 */
function readClock(
  report: HostReport,
  { sentSeconds, receivedSeconds }: RoundTrip,
): Pick<HostFacts, "time" | "clockOffsetSeconds"> {
  const [begun = 0, ended = 0] = ["begun", "ended"].map((key) => {
    const text = report.need(key).trim();
    if (/^\d{1,12}\.\d{1,9}$/.test(text)) return Number(text);
    report.refuse(key, text, "is not a time", "check the host's `date`");
    return 0;
  });
  return { time: begun, clockOffsetSeconds: (begun + ended) / 2 - (sentSeconds + receivedSeconds) / 2 };
}

function readDisks(report: HostReport): HostFacts["disks"] {
  return Object.fromEntries(
    report.of("disk").map(([path, text]) => {
      const [blockBytes, free, total] = text.split(" ").map((part) => report.number(`disks[${path}]`, part, 0));
      if (total === undefined)
        report.refuse(`disks[${path}]`, text, "is no room on a disk", "check that it is mounted");
      return [path, { freeBytes: (blockBytes ?? 0) * (free ?? 0), totalBytes: (blockBytes ?? 0) * (total ?? 0) }];
    }),
  );
}

function readAddresses(report: HostReport): HostFacts["addresses"] {
  return report
    .list("addresses")
    .flatMap(({ ifname, addr_info: infos }) =>
      typeof ifname !== "string" || !Array.isArray(infos)
        ? []
        : infos
            .filter(isRecord)
            .flatMap(({ local, prefixlen }) =>
              typeof local === "string" && typeof prefixlen === "number"
                ? [{ interface: ifname, address: local, prefix: prefixlen }]
                : [],
            ),
    );
}

/** Of several default routes the kernel takes the one with the least metric. */
function defaultInterface(report: HostReport): string | undefined {
  const metric = (route: Record<string, unknown>): number =>
    typeof route["metric"] === "number" ? route["metric"] : 0;
  const [best] = report
    .list("routes")
    .filter(({ dev }) => typeof dev === "string")
    .sort((a, b) => metric(a) - metric(b));
  return typeof best?.["dev"] === "string" ? best["dev"] : undefined;
}

function readFeature(report: HostReport, name: string, value: string): KernelFeature {
  const feature = value.trim();
  if (feature === "present" || feature === "loadable" || feature === "missing") return feature;
  report.refuse(`features[${name}]`, value, "is neither present, loadable nor missing", "look again");
  return "missing";
}

function readPackages(report: HostReport): HostFacts["packages"] {
  const installed = (report.find("packages") ?? "").split("\n").flatMap((line) => {
    const [name, status, version] = line.split("\t");
    return name !== undefined && version !== undefined && status === "installed" ? [[name, version] as const] : [];
  });
  return Object.fromEntries([...installed, ...report.of("package")]);
}

/** `systemctl show` answers in the order of the question, an empty line between two. */
function readServices(report: HostReport, asked: readonly string[]): HostFacts["services"] {
  const text = report.find("services");
  if (text === undefined) return {};
  const answers = text.trim().split(/\n\n+/);
  if (answers.length !== asked.length || text.trim() === "") {
    report.refuse(
      "services",
      text.slice(0, 200),
      "systemctl did not answer for every service",
      "check `systemctl status`",
    );
    return {};
  }
  return Object.fromEntries(
    asked.flatMap((name, index) => {
      const answer = answers[index] ?? "";
      const property = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(answer)?.[1] ?? "";
      const absent = property("LoadState") === "not-found";
      return absent ? [] : [[name, { active: property("ActiveState"), enabled: property("UnitFileState") }] as const];
    }),
  );
}

function readFiles(report: HostReport): HostFacts["files"] {
  const lines = (key: string): string[] => (report.find(key) ?? "").split("\n");
  const modes = new Map(
    lines("modes").flatMap((line) => {
      const match = /^([0-7]{1,5}) (\/.*)$/.exec(line);
      return match?.[1] === undefined || match[2] === undefined
        ? []
        : [[match[2], Number.parseInt(match[1], 8)] as const];
    }),
  );
  const digests = new Map(
    lines("digests").flatMap((line) => {
      const [, digest, path] = /^([0-9a-f]{64}) [ *](\/.*)$/.exec(line) ?? [];
      return digest === undefined || path === undefined ? [] : [[path, digest] as const];
    }),
  );
  // Of names of one file the host tells the digest of the first.
  const first = new Map<string, string>();
  for (const line of lines("inodes")) {
    const [, inode, path] = /^(\d+:\d+) (\/.*)$/.exec(line) ?? [];
    if (inode === undefined || path === undefined) continue;
    const known = first.get(inode);
    const digest = digests.get(known ?? path);
    if (known === undefined) first.set(inode, path);
    else if (digest !== undefined) digests.set(path, digest);
  }
  return Object.fromEntries(
    [...digests].flatMap(([path, sha256]) => {
      const mode = modes.get(path);
      return mode === undefined ? [] : [[path, { sha256, mode }] as const];
    }),
  );
}

function readCertificates(report: HostReport): Pick<HostFacts, "certificates" | "caHash"> {
  let caHash: string | undefined;
  const embedded = report.of("kubeconfig").flatMap(([path, text]) => {
    // A kubelet's own names a file instead.
    return text.trim() === "" ? [] : [[path, Buffer.from(text.trim(), "base64").toString("latin1")] as const];
  });
  const certificates = [...report.of("certificate"), ...embedded].flatMap(([path, pem]) => {
    const certificate = readCertificate(pem);
    const end = certificate === undefined ? undefined : endOfValidity(certificate);
    if (certificate === undefined || end === undefined) {
      const fix = "restore it from a backup, or reset the host";
      report.refuse(`certificates[${path}]`, undefined, "holds no certificate that can be read", fix);
      return [];
    }
    if (path === hostPaths.clusterAuthority) caHash = publicKeyPin(certificate);
    return [[path, end] as const];
  });
  return { certificates: Object.fromEntries(certificates), caHash };
}
