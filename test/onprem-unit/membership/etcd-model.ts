import type { ClusterSight, HostSight, NodeMarker } from "../../../src/onprem/facts.js";
import type { MembershipInput, MembershipStep } from "../../../src/onprem/membership/membership.js";
import {
  caHash,
  clusterSight,
  clusterSpec,
  etcdMember,
  hostFacts,
  marker,
  nodeSpec,
  unreachable,
} from "../fixtures.js";

interface ModelHost {
  up: boolean;
  /** The process of its member runs, when the host is up. */
  etcd: boolean;
  /** Id of the member whose data is on its disk. */
  data: string | undefined;
  state: NodeMarker["state"] | undefined;
}

interface ModelMember {
  readonly id: string;
  readonly host: string;
  learner: boolean;
}

/** Where a run is cut off: after so many small changes of the world. */
class CutOff extends Error {}

export const hostNames = ["cp1", "cp2", "cp3", "cp4", "cp5", "cp6", "cp7"] as const;

/**
 * etcd as its documentation has it: a change of membership needs a majority of
 * the voters; a learner does not vote; a member whose data is gone is another one.
 */
export class EtcdModel {
  readonly hosts = new Map<string, ModelHost>(
    hostNames.map((name) => [name, { up: true, etcd: true, data: undefined, state: undefined }]),
  );
  members: ModelMember[] = [];
  /** A cluster was once made as a whole. */
  made = false;
  #ids = 0;
  #changesLeft = Number.POSITIVE_INFINITY;

  host(name: string): ModelHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`the model has no host ${name}`);
    return host;
  }

  healthy({ id, host }: ModelMember): boolean {
    const { up, etcd, data } = this.host(host);
    return up && etcd && data === id;
  }

  voters(): { total: number; healthy: number } {
    const voters = this.members.filter(({ learner }) => !learner);
    return { total: voters.length, healthy: voters.filter((member) => this.healthy(member)).length };
  }

  /** Counted here anew, not taken from the code that is tested. */
  hasQuorum(): boolean {
    const { total, healthy } = this.voters();
    return healthy * 2 > total;
  }

  input(desired: readonly string[], restarts: readonly string[]): MembershipInput {
    const sights = hostNames.map((name): [string, HostSight] => {
      const host = this.host(name);
      const node = nodeSpec(name);
      if (!host.up) return [name, unreachable];
      const own = host.state === undefined ? undefined : marker(node, { state: host.state });
      return [name, { reachable: true, facts: hostFacts(node, { marker: own, hasEtcdData: host.data !== undefined }) }];
    });
    return {
      endpoint: clusterSpec().endpoint,
      clusterName: "shop",
      desired: desired.map((name) => nodeSpec(name)),
      cluster: this.#sight(),
      hosts: Object.fromEntries(sights),
      expected: this.made ? { caHash } : undefined,
      restarts,
    };
  }

  #sight(): ClusterSight | undefined {
    if (this.members.length === 0 || !this.hasQuorum()) return undefined;
    return clusterSight(
      this.members.map((member) => {
        const { id, learner, host } = member;
        return etcdMember(nodeSpec(host), { id, learner, healthy: this.healthy(member) });
      }),
    );
  }

  /** Carries a plan out, cut off after some changes; says at which step etcd had stopped, if at any. */
  apply(steps: readonly MembershipStep[], changes: number): string | undefined {
    this.#changesLeft = changes;
    // What an earlier run began and never finished is no cluster: nobody was ever told of it.
    if (steps[0]?.kind === "initialise") this.members = [];
    try {
      for (const [at, step] of steps.entries()) {
        if (step.kind !== "initialise" && !this.hasQuorum()) return `before ${step.kind} ${step.node}`;
        // One that joins again keeps its marker.
        const comesBack = steps.slice(at).some(({ kind, node }) => kind === "join" && node === step.node);
        this.#carryOut(step, comesBack);
        if (!this.hasQuorum()) return `after ${step.kind} ${step.node}`;
      }
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      if (this.members.length > 0 && !this.hasQuorum()) return "where it was cut off";
    }
    return undefined;
  }

  #change(work: () => void): void {
    if (this.#changesLeft <= 0) throw new CutOff();
    this.#changesLeft -= 1;
    work();
  }

  #carryOut({ kind, node, memberId }: MembershipStep, comesBack: boolean): void {
    const host = this.host(node);
    const id = `id${this.#ids++}`;
    const drop = () => {
      this.members = this.members.filter((member) => member.id !== memberId);
    };
    switch (kind) {
      case "initialise":
        this.#change(() => Object.assign(host, { state: "joining" }));
        this.#change(() => Object.assign(host, { data: id, etcd: true }));
        this.#change(() => {
          this.members = [{ id, host: node, learner: false }];
        });
        this.#change(() => {
          host.state = "member";
          this.made = true;
        });
        return;
      case "join":
        this.#change(() => Object.assign(host, { state: "joining", data: undefined }));
        this.#change(() => this.members.push({ id, host: node, learner: true }));
        this.#change(() => Object.assign(host, { data: id, etcd: true }));
        this.#change(() => {
          for (const member of this.members) if (member.id === id) member.learner = false;
        });
        this.#change(() => Object.assign(host, { state: "member" }));
        return;
      case "finish":
        this.#change(() => {
          host.state = "member";
          this.made = true;
        });
        return;
      case "remove-dead":
        this.#change(drop);
        if (host.up && !comesBack) this.#change(() => Object.assign(host, { state: undefined, data: undefined }));
        return;
      case "remove":
        this.#change(() => Object.assign(host, { state: "leaving" }));
        this.#change(drop);
        this.#change(() => Object.assign(host, { state: undefined, data: undefined }));
        return;
    }
  }
}
