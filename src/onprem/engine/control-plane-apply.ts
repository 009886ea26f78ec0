import { renewCertificates } from "../cluster/certificates.js";
import { initialise, waitUntilReady } from "../cluster/initialise.js";
import { join } from "../cluster/join.js";
import { adaptKubeProxy, rewriteKubeProxy } from "../cluster/kube-proxy.js";
import { stopKubeadm } from "../cluster/kubeadm-run.js";
import type { ControlPlaneShell } from "../cluster/kubectl.js";
import { restartKubelet, signForKubelet, storeKubeletConfiguration } from "../cluster/kubelet.js";
import { leave, removeMember } from "../cluster/leave.js";
import { applyNodeSettings, deleteNode, uncordon, waitUntilRegistered } from "../cluster/nodes.js";
import { copyAuthorities } from "../cluster/pki.js";
import { resetHost } from "../cluster/reset-host.js";
import { rewriteStaticPods, storeConfiguration } from "../cluster/static-pods.js";
import { withBootstrapToken } from "../cluster/tokens.js";
import { upgrade } from "../cluster/upgrade.js";
import { sharesPort } from "../endpoint.js";
import { publicKeyPin, readCertificate } from "../facts/certificates.js";
import { withHostLock } from "../host/host-lock.js";
import { hostPaths } from "../host/host-paths.js";
import { journaled } from "../host/journal.js";
import { renderInit, renderJoin } from "../kubeadm/documents.js";
import { kubeProxyMode, kubeProxySettings } from "../kubeadm/kube-proxy.js";
import { kubeletDigest } from "../kubeadm/kubelet.js";
import { encryptionKey } from "../phases/encryption-key.js";
import { hostPhases } from "../phases/host-phases.js";
import { loadBalancer } from "../phases/load-balancer.js";
import type { HostView, PhaseTools } from "../phases/phase.js";
import type { Plan, Step } from "../plan.js";
import type { Remote } from "../remote.js";
import type { NodeSpec } from "../spec.js";
import type { ApplyOptions } from "./apply-options.js";
import { controlPlaneCertificatesDue, kubeletIsLockedOut } from "./certificates-due.js";
import {
  apiServerIsAskedOtherwise,
  type ClusterStep,
  kubeletIsAskedOtherwise,
  kubeProxyIsAskedOtherwise,
} from "./cluster-steps.js";
import type { ControlPlaneInput } from "./control-plane-plan.js";
import { giveBack } from "./give-back.js";
import { bringImages } from "./images-ahead.js";
import { addressInEtcd } from "./member-address.js";
import { markLeaving, markMember } from "./members.js";
import { mendKubeletCertificates, mendKubeletConfiguration, waitUntilNoneIsDue } from "./mend-kubelet.js";
import { runStages } from "./run-stages.js";
import { takeOff } from "./take-off.js";
import { viewOf } from "./views.js";

export interface ControlPlaneOptions extends ApplyOptions {
  /** Called when every host that is to become a control plane has been prepared; perhaps more than once. */
  readonly prepared: () => void;
}

/** Does what `planControlPlane` says, with one open connection a host. */
export async function applyControlPlane(
  input: ControlPlaneInput,
  plan: Plan,
  options: ControlPlaneOptions,
): Promise<void> {
  const { connector, report } = options;
  const touched = new Set(plan.stages.flatMap(({ steps }) => steps.map(({ node }) => node)));
  const nodes = allNodes(input).filter(({ name }) => input.sights.hosts[name]?.reachable === true);
  const open = async (
    rest: readonly NodeSpec[],
    remotes: ReadonlyMap<string, Remote>,
    signal: AbortSignal,
  ): Promise<void> => {
    const [node, ...more] = rest;
    if (node === undefined) {
      const work = new ControlPlaneWork(input, { ...options, signal }, remotes);
      return runStages(plan, signal, (step) => work.run(step));
    }
    const { name, host } = node;
    await connector.use({ name, host, signal }, (remote) => {
      const next = (held: AbortSignal) => open(more, new Map([...remotes, [name, remote]]), held);
      if (!touched.has(name)) return next(signal);
      return withHostLock(remote, { signal, report: (line) => report(`${name}: ${line}`) }, next);
    });
  };
  await open(nodes, new Map(), options.signal);
}

/** The hosts that there shall be, and those of the last deployment that are no more. */
function allNodes({ hosts, before }: ControlPlaneInput): NodeSpec[] {
  return [...hosts, ...before.filter(({ name }) => !hosts.some((host) => host.name === name))];
}

function find(nodes: readonly NodeSpec[], name: string): NodeSpec {
  const node = nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`${name} is none of the hosts that this is done to`);
  return node;
}

const afterPreparation: readonly string[] = ["initialise", "join", "finish"] satisfies ClusterStep[];

/** One run: what is a member changes while it goes on. */
class ControlPlaneWork {
  readonly #members: string[];

  constructor(
    private readonly input: ControlPlaneInput,
    private readonly options: ControlPlaneOptions,
    private readonly remotes: ReadonlyMap<string, Remote>,
  ) {
    this.#members = [...input.sights.healthy];
  }

  async run(step: Step): Promise<void> {
    const { signal, report } = this.options;
    report(`${step.node}: ${step.title}`);
    if (afterPreparation.includes(step.phase)) this.options.prepared();
    const { cluster, workers, abandoned } = this.input;
    // On workers, which have a connection and a journal of their own.
    if (step.phase === "images-ahead") return bringImages(find(workers, step.node), step, this.input, this.options);
    if (step.phase === "give-back") return takeOff(find(abandoned, step.node), cluster, this.options);
    const remote = this.remotes.get(step.node);
    const work = (): Promise<void> => this.#perform(step, remote);
    // A host that cannot be reached has no journal to write to.
    if (remote === undefined) return work();
    await journaled(remote, step, signal, work);
  }

  async #perform(step: Step, remote: Remote | undefined): Promise<void> {
    const phase = hostPhases.find(({ name }) => name === step.phase);
    if (phase !== undefined) return phase.run(this.#view(step.node), this.#tools(step.node));
    await this.#clusterStep(step, remote);
  }

  async #clusterStep({ node, phase }: Step, remote: Remote | undefined): Promise<void> {
    switch (phase as ClusterStep) {
      case "initialise":
        return this.#initialise(node);
      case "join":
        return this.#join(node);
      case "finish":
        return this.#finish(node);
      case "remove-dead":
      case "remove":
        return this.#remove(node, remote);
      case "upgrade-first":
        return this.#upgrade(node, true);
      case "upgrade":
        return this.#upgrade(node, false);
      case "images-ahead":
      case "give-back":
        throw new Error(`${node} is no worker`);
      case "settings":
        return applyNodeSettings(this.#shell(), this.#node(node), this.#before(node));
      case "load-balancer":
        return loadBalancer.run(this.#view(node), this.#tools(node));
      case "static-pods":
        return this.#staticPods(node);
      case "kubelet-configuration":
        return this.#kubeletConfiguration(node);
      case "kubelet":
        return this.#startKubelet(node);
      case "certificates":
        return this.#certificates(node);
      case "kubelet-certificates":
        return mendKubeletCertificates(this.#tools(node), this.#shell(), this.#view(node).facts);
      case "register":
        return this.#register(node);
      case "kube-proxy":
        return this.#kubeProxy(node);
    }
  }

  async #initialise(name: string): Promise<void> {
    const view = this.#view(name);
    const tools = this.#tools(name);
    if (encryptionKey.needed(view) !== undefined) await encryptionKey.run(view, tools);
    await initialise(tools, view.node.host.address, this.#initDocuments(view));
    await this.#adaptAddOns(name);
    await this.#becomeMember(name);
  }

  /** After kubeadm has written its own add-ons, when the cluster is made and with each upgrade. */
  #adaptAddOns(name: string): Promise<void> {
    const { cluster, artifacts } = this.input;
    const needs = { fromBundle: artifacts.imageArchives.length > 0, settings: kubeProxySettings(cluster) };
    return adaptKubeProxy(this.#shellOf(name), needs);
  }

  async #kubeProxy(name: string): Promise<void> {
    await rewriteKubeProxy(this.#tools(name), this.#initDocuments(this.#view(name)));
    await this.#adaptAddOns(name);
  }

  #initDocuments({ node }: HostView): string {
    const facts = Object.values(this.input.sights.hosts).flatMap((sight) => (sight.reachable ? [sight.facts] : []));
    return renderInit({
      spec: this.input.cluster,
      node,
      kubeProxyMode: kubeProxyMode(facts),
    });
  }

  async #join(name: string): Promise<void> {
    const node = this.#node(name);
    const tools = this.#tools(name);
    const shell = this.#shell(name);
    await this.#clearRemains(name, shell);
    const more = this.input.cluster.secretsEncryption ? [hostPaths.encryption] : [];
    await copyAuthorities(shell.remote, tools.remote, more);
    const caHash = await this.#caHash(shell);
    await withBootstrapToken(shell, (token) =>
      join(tools, renderJoin({ node, through: `${shell.address}:6443`, token, caHash })),
    );
    await waitUntilReady({ remote: tools.remote, address: node.host.address, signal: this.options.signal });
    await this.#becomeMember(name);
  }

  /** What a join that was cut off, or a former life of the host, has left. */
  async #clearRemains(name: string, shell: ControlPlaneShell): Promise<void> {
    const facts = this.#view(name).facts;
    if (facts.caHash === undefined && !facts.hasEtcdData) return;
    this.#tools(name).report("clearing what an unfinished join has left");
    const { host } = this.#node(name);
    await stopKubeadm(this.#remote(name), this.options.signal);
    await removeMember(shell, host.address, name);
    await resetHost(this.#remote(name), this.options.signal, "again");
    // kubeadm joins no host whose node is there and was ready a moment ago.
    await deleteNode(shell, name);
  }

  async #finish(name: string): Promise<void> {
    const view = this.#view(name);
    // The only member is the one that made the cluster: what `kubeadm init` does last, it does again.
    if (this.input.sights.cluster?.etcd.length === 1) {
      await initialise(this.#tools(name), view.node.host.address, this.#initDocuments(view));
      await this.#adaptAddOns(name);
    }
    await this.#becomeMember(name);
  }

  async #becomeMember(name: string): Promise<void> {
    if (!this.#members.includes(name)) this.#members.push(name);
    await this.#makeKnown(name);
    await this.#markMember(name, true);
  }

  async #makeKnown(name: string): Promise<void> {
    const node = this.#node(name);
    const shell = this.#shell();
    await waitUntilRegistered(shell, name);
    await applyNodeSettings(shell, {
      ...node,
      labels: { ...node.labels, "node-role.kubernetes.io/control-plane": "" },
    });
  }

  /** @param withKubelet whether kubeadm has just written the kubelet's configuration as well */
  #markMember(name: string, withKubelet: boolean): Promise<void> {
    const { kubernetesVersion, auditLogs, endpoint } = this.input.cluster;
    const kubelet = withKubelet ? kubeletDigest(this.input.cluster) : undefined;
    return markMember(
      this.#remote(name),
      { kubernetesVersion, auditLogs, sharesPort: sharesPort(endpoint), kubelet },
      this.options.signal,
    );
  }

  async #remove(name: string, remote: Remote | undefined): Promise<void> {
    this.#members.splice(0, this.#members.length, ...this.#members.filter((member) => member !== name));
    const node = allNodes(this.input).find((each) => each.name === name);
    const peerAddress = addressInEtcd(this.input.sights.cluster?.etcd ?? [], name, node);
    const shell = this.#shell(name);
    const staysUnderItsName = this.input.hosts.some((host) => host.name === name);
    // A host that takes the member's name at another address is not what the member runs on.
    const own = node?.host.address === peerAddress ? remote : undefined;
    if (own !== undefined && !staysUnderItsName) await markLeaving(own);
    await leave(
      shell,
      { name, peerAddress, remote: own, drainTimeoutSeconds: this.input.cluster.drainTimeoutSeconds },
      (line) => this.options.report(`${name}: ${line}`),
      staysUnderItsName ? "again" : "whole",
    );
    if (own !== undefined && !staysUnderItsName) await giveBack(this.#tools(name));
  }

  async #upgrade(name: string, first: boolean): Promise<void> {
    const view = this.#view(name);
    const tools = this.#tools(name);
    const { drainTimeoutSeconds } = this.input.cluster;
    await upgrade(tools, this.#shellOf(name), view, { first, drainTimeoutSeconds });
    const { cluster, sights } = this.input;
    // What else is asked only now, by the kubeadm of the release that is wanted.
    if (kubeProxyIsAskedOtherwise(cluster, sights.cluster)) await this.#kubeProxy(name);
    // kubeadm renews its add-ons with the control plane that happens to be the last.
    else await this.#adaptAddOns(name);
    const isAskedOtherwise = kubeletIsAskedOtherwise(cluster, view.facts);
    if (isAskedOtherwise) await this.#kubeletConfiguration(name);
    if (apiServerIsAskedOtherwise(cluster, view.facts) !== undefined) await this.#staticPods(name);
    // Last: a run that is cut off before goes on with the upgrade.
    await this.#markMember(name, !isAskedOtherwise);
  }

  /** kubeadm writes them from what is asked, and stores that; the kubelet starts them anew by itself. */
  async #staticPods(name: string): Promise<void> {
    const tools = this.#tools(name);
    const shell = this.#shellOf(name);
    const documents = this.#initDocuments(this.#view(name));
    await rewriteStaticPods(tools, documents);
    await waitUntilReady(shell);
    await storeConfiguration(tools, documents);
    await this.#markMember(name, false);
  }

  async #kubeletConfiguration(name: string): Promise<void> {
    const tools = this.#tools(name);
    const { cluster } = this.input;
    const view = this.#view(name);
    const { node, facts } = view;
    const documents = this.#initDocuments(view);
    const accepted = () => storeKubeletConfiguration(tools, documents);
    await mendKubeletConfiguration(tools, this.#shellOf(name), { node, facts, cluster, documents, accepted });
  }

  async #certificates(name: string): Promise<void> {
    const tools = this.#tools(name);
    const view = this.#view(name);
    const documents = this.#initDocuments(view);
    const isLost = this.input.sights.cluster === undefined && kubeletIsLockedOut(view.facts);
    if (isLost) await signForKubelet(tools, name, documents);
    await renewCertificates(tools, this.#shellOf(name), documents);
    await waitUntilNoneIsDue(tools, "the control plane's certificates are renewed", controlPlaneCertificatesDue);
  }

  /** A kubelet tells the API server of its node when it starts, and never again. */
  async #register(name: string): Promise<void> {
    await restartKubelet(this.#tools(name));
    await this.#makeKnown(name);
  }

  async #startKubelet(name: string): Promise<void> {
    const { remote, signal } = this.#tools(name);
    await remote.run({ text: "systemctl enable --now kubelet.service", timeoutSeconds: 60, signal });
    await waitUntilReady(this.#shellOf(name));
    await uncordon(this.#shellOf(name), name);
  }

  async #caHash(shell: ControlPlaneShell): Promise<string> {
    const known = this.input.sights.cluster?.caHash;
    if (known !== undefined) return known;
    const authority = await shell.remote.readFile(hostPaths.clusterAuthority);
    const certificate = authority === undefined ? undefined : readCertificate(authority.toString("latin1"));
    const pin = certificate === undefined ? undefined : publicKeyPin(certificate);
    if (pin === undefined) throw new Error(`${shell.remote.name} has no authority in ${hostPaths.clusterAuthority}`);
    return pin;
  }

  #node(name: string): NodeSpec {
    return find(this.input.hosts, name);
  }

  #before(name: string): NodeSpec | undefined {
    return this.input.before.find((node) => node.name === name);
  }

  #view(name: string): HostView {
    const { cluster, hosts, artifacts, sights } = this.input;
    const view = viewOf({ cluster, controlPlanes: hosts, artifacts }, this.#node(name), sights.hosts[name]);
    if (view === undefined) throw new Error(`${name} was not looked at`);
    return view;
  }

  #remote(name: string): Remote {
    const remote = this.remotes.get(name);
    if (remote === undefined) throw new Error(`${name} cannot be reached`);
    return remote;
  }

  #tools(name: string): PhaseTools {
    const { signal, report } = this.options;
    return { remote: this.#remote(name), signal, report: (line) => report(`${name}: ${line}`) };
  }

  /** A member to work through; never the one that `except` names. */
  #shell(except?: string): ControlPlaneShell {
    const name = this.#members.find((member) => member !== except && this.remotes.has(member));
    if (name === undefined) throw new Error("no control plane that stays can be reached");
    return this.#shellOf(name);
  }

  #shellOf(name: string): ControlPlaneShell {
    const { host } = find(allNodes(this.input), name);
    return { remote: this.#remote(name), address: host.address, signal: this.options.signal };
  }
}
