/** Members of etcd that vote. Learners do not: they are copied to, and asked nothing. */
export interface Voters {
  readonly total: number;
  readonly healthy: number;
}

/** How many healthy voters etcd needs to accept a write, its own membership changes among them. */
export function quorumOf(total: number): number {
  return Math.floor(total / 2) + 1;
}

export function hasQuorum({ total, healthy }: Voters): boolean {
  return total > 0 && healthy >= quorumOf(total);
}

/** A change of membership as etcd sees it. */
export type VoterChange =
  /** A learner that has caught up becomes a voter. */
  "join" | "remove-healthy" | "remove-unhealthy";

/** The voters once the change is done; whether it can be done is `hasQuorum` before, whether it may be is after. */
export function afterChange({ total, healthy }: Voters, change: VoterChange): Voters {
  switch (change) {
    case "join":
      return { total: total + 1, healthy: healthy + 1 };
    case "remove-healthy":
      return { total: total - 1, healthy: healthy - 1 };
    case "remove-unhealthy":
      return { total: total - 1, healthy };
  }
}

/**
 * The voters while a member is restarted, for example by an upgrade. The only
 * voter there is may be restarted all the same: nothing is lost, etcd is only
 * away for a moment, and there is no other way.
 */
export function mayRestart(voters: Voters, restarted: { readonly healthy: boolean }): boolean {
  if (voters.total === 1 || !restarted.healthy) return true;
  return hasQuorum({ ...voters, healthy: voters.healthy - 1 });
}
