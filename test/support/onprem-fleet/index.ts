import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "../../../src/onprem/artifacts/artifacts.js";
import { bundleArtifacts } from "../../../src/onprem/artifacts/from-bundle.js";
import { openBundle } from "../../../src/onprem/artifacts/read-bundle.js";
import { factsScript } from "../../../src/onprem/facts/script.js";
import { kubeProxySettings, kubeProxySettingsAnnotation } from "../../../src/onprem/kubeadm/kube-proxy.js";
import type { NodeSpec, OnpremClusterSpec } from "../../../src/onprem/spec.js";
import { makeCertificate } from "../certificate.js";
import { type Answer, type Call, type Counts, SshFleet } from "../ssh-fleet/index.js";
import { writeBundleList } from "./bundle.js";
import { membersJson, nodesJson } from "./cluster-answers.js";
import { reportOf } from "./facts.js";

export interface OnpremFleetRequest {
  readonly hosts: number;
  /** @default 3 */
  readonly controlPlanes?: number;
  /** There and back. */
  readonly latencyMilliseconds: number;
  readonly kubernetesVersion: string;
}

const clusterName = "shop";

/**
 * Hosts that are played: SSH servers of this process that say of themselves what bare hosts say, or members of a
 * cluster that is made. Nothing on them can be changed, so only what looks at hosts can be tried with them.
 */
export class OnpremFleet {
  /** Whether the hosts play members, or hosts that were never any. */
  isMade = false;
  /** What was asked, by kind. */
  readonly asked = { facts: 0, nodes: 0, kubeconfig: 0 };
  readonly directory = mkdtempSync(join(tmpdir(), "isokube-fleet-"));
  readonly #authority = makeCertificate(365).pem;
  readonly #nodes: readonly NodeSpec[];
  readonly #cluster: OnpremClusterSpec;
  readonly #artifacts: Artifacts;
  /** Large, so written once. */
  readonly #nodesJson: string;
  #fleet: SshFleet | undefined;

  private constructor(private readonly request: OnpremFleetRequest) {
    const { hosts, controlPlanes = 3 } = request;
    this.#nodes = Array.from({ length: hosts }, (_, at) => nodeOf(at, at < controlPlanes));
    this.#cluster = clusterOf(request.kubernetesVersion, this.#bundle);
    writeBundleList(this.#bundle, request.kubernetesVersion);
    this.#artifacts = bundleArtifacts(this.#bundle, openBundle(this.#bundle));
    this.#nodesJson = nodesJson(this.#nodes, request.kubernetesVersion);
  }

  static async start(request: OnpremFleetRequest): Promise<OnpremFleet> {
    const played = new OnpremFleet(request);
    played.#fleet = await SshFleet.start({
      count: request.hosts,
      latencyMilliseconds: request.latencyMilliseconds,
      addressOf: (index) => addressOf(index),
      script: (call) => played.#answer(call),
    });
    writeFileSync(played.#privateKeyFile, played.#servers.privateKey, { mode: 0o600 });
    return played;
  }

  get #bundle(): string {
    return join(this.directory, "bundle");
  }

  get #privateKeyFile(): string {
    return join(this.directory, "id");
  }

  get #servers(): SshFleet {
    if (this.#fleet === undefined) throw new Error("the fleet is not started");
    return this.#fleet;
  }

  get counts(): Counts {
    return this.#servers.counts;
  }

  /** Config of a stack whose hosts are these. */
  config(): Readonly<Record<string, unknown>> {
    return {
      "isokube:target": "onprem",
      "isokube:kubernetesVersion": this.request.kubernetesVersion.split(".").slice(0, 2).join("."),
      "isokube:onprem": {
        hosts: Object.fromEntries(
          this.#nodes.map(({ name, role, host }, at) => {
            const { hostKey, port } = this.#servers.get(at);
            return [name, { address: host.address, role, hostKey, ssh: { port } }];
          }),
        ),
        ssh: { user: this.#servers.user, privateKeyFile: this.#privateKeyFile },
        endpoint: { external: "api.example.com:6443" },
        artifacts: { bundle: this.#bundle },
        loadBalancer: { addresses: ["127.99.0.1-127.99.0.9"] },
      },
    };
  }

  async close(): Promise<void> {
    await this.#fleet?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #answer({ server, command }: Call): Answer {
    const words = shellWords(command);
    const at = words.lastIndexOf("/bin/sh");
    // What the transport says first: its own script, a mark, a time limit; then the script and its arguments.
    const [, , , , mark = "", , script = "", ...args] = words.slice(at);
    const node = this.#nodes[Number(server.replace("server", "")) - 1];
    if (node === undefined) throw new Error(`no host is played by ${server}`);
    const stdout = this.#say(node, script, args);
    return { stdout, stderr: `${mark} 4242 0\n` };
  }

  get #proxyAnnotations(): Record<string, string> {
    return { [kubeProxySettingsAnnotation]: kubeProxySettings(this.#cluster) };
  }

  #say(node: NodeSpec, script: string, args: readonly string[]): string {
    const { kubernetesVersion } = this.request;
    const controlPlanes = this.#nodes.filter(({ role }) => role === "controlPlane");
    if (script === factsScript) {
      this.asked.facts += 1;
      const [files = "", services = "", sysctls = "", packages = "", disks = "", features = ""] = args;
      const given = { cluster: this.#cluster, artifacts: this.#artifacts, authority: this.#authority };
      const host = { ...given, node, isMember: this.isMade };
      return reportOf(host, [files, services, sysctls, packages, disks, features]);
    }
    if (script.includes("get nodes --output=json")) {
      this.asked.nodes += 1;
      const config = { data: { ClusterConfiguration: `kubernetesVersion: v${kubernetesVersion}\n` } };
      const answers = {
        begun: "",
        version: JSON.stringify({ gitVersion: `v${kubernetesVersion}` }),
        nodes: this.#nodesJson,
        config: JSON.stringify(config),
        proxy: JSON.stringify({ spec: { template: { metadata: { annotations: this.#proxyAnnotations } } } }),
        ca: this.#authority,
        ended: "",
      };
      return Object.entries(answers)
        .flatMap(([key, value]) => [key, "\0", value, "\0"])
        .join("");
    }
    if (script.includes("/v3/cluster/member/list")) return membersJson(controlPlanes);
    if (script.includes("/health")) {
      const health = args.map((url) => `health ${url}\0{"health":"true"}\0`).join("");
      return `begun\0\0${health}ended\0\0`;
    }
    if (args.includes("namespace") && args.includes("kube-system")) return "0b0c0d0e-0000-4000-8000-000000000000";
    if (script.includes('cat "$1"')) {
      this.asked.kubeconfig += 1;
      return "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n";
    }
    throw new Error(`nobody has thought of what a played host answers to: ${script.slice(0, 300)}`);
  }
}

const addressOf = (at: number): string => `127.98.${Math.floor(at / 250)}.${1 + (at % 250)}`;

function nodeOf(at: number, isControlPlane: boolean): NodeSpec {
  return {
    name: `host-${at + 1}`,
    role: isControlPlane ? "controlPlane" : "worker",
    host: {
      address: addressOf(at),
      ssh: {
        user: "ops",
        port: 22,
        hostKey: undefined,
        knownHostsFile: "",
        privateKeyFile: undefined,
        agentSocket: undefined,
        bastion: undefined,
      },
      sudo: { kind: "passwordless" },
    },
    pool: isControlPlane ? "control-plane" : "general",
    labels: {},
    taints: isControlPlane ? [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] : [],
    needs: undefined,
  };
}

/** What of the cluster decides how its hosts look: the program's own defaults. */
function clusterOf(kubernetesVersion: string, bundle: string): OnpremClusterSpec {
  return {
    name: clusterName,
    kubernetesVersion,
    endpoint: { kind: "external", host: "api.example.com", port: 6443 },
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.96.0.0/16",
    auditLogs: false,
    secretsEncryption: false,
    artifacts: { kind: "bundle", directory: bundle, publicKeyFile: undefined },
    hostSettings: {
      cgroupDriver: "systemd",
      failCgroupV1: true,
      failSwapOn: true,
      restrictOomScoreAdj: false,
      kubelet: {},
      kubeProxy: {},
    },
    maxUnavailable: 1,
    drainTimeoutSeconds: 300,
  };
}

/** Words that were all put in single quotes, as the transport does. */
function shellWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.)+/g)].map(([word]) =>
    [...word.matchAll(/'([^']*)'|\\(.)/g)].map(([, quoted, escaped]) => quoted ?? escaped ?? "").join(""),
  );
}

/** Whether a command line is the plugin's, which is what connects to hosts. */
export function isPlugin(command: string): boolean {
  return /\bplugin\/main\.js\b/.test(command);
}
