import fc from "fast-check";
import { expect, test } from "vitest";
import { planMembership } from "../../../src/onprem/membership/membership.js";
import { EtcdModel, hostNames } from "./etcd-model.js";

type Event =
  | { readonly kind: "die" | "come-back" | "etcd-stops" | "install-anew"; readonly host: string }
  | {
      readonly kind: "run";
      /** Null: the same as before. */
      readonly wanted: readonly string[] | null;
      readonly restarts: boolean;
      /** After how many changes the run is cut off. */
      readonly changes: number;
    };

interface Run {
  readonly desired: readonly string[];
  readonly restarts: readonly string[];
  readonly changes: number;
}

const host = fc.constantFrom(...hostNames);
const wanted = fc
  .tuple(fc.constantFrom(1, 3, 3, 3, 5), fc.shuffledSubarray([...hostNames], { minLength: 7 }))
  .map(([count, names]) => names.slice(0, count));

const onHost = (kind: "die" | "come-back" | "etcd-stops" | "install-anew") =>
  fc.record({ kind: fc.constant(kind), host });

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 2, arbitrary: onHost("die") },
  { weight: 4, arbitrary: onHost("come-back") },
  { weight: 2, arbitrary: onHost("etcd-stops") },
  { weight: 1, arbitrary: onHost("install-anew") },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      // Mostly the same hosts again: histories in which everything changes all the time only ever find hosts down.
      wanted: fc.option(wanted, { freq: 2 }),
      restarts: fc.boolean(),
      changes: fc.oneof(fc.constant(1000), fc.nat(20)),
    }),
  },
);

/** Plays events, and hands each run to the test, with the world as it finds it. */
function play(events: readonly Event[], onRun: (model: EtcdModel, run: Run) => void): void {
  const model = new EtcdModel();
  let desired: readonly string[] = ["cp1", "cp2", "cp3"];
  for (const happened of events) {
    switch (happened.kind) {
      case "die":
        model.host(happened.host).up = false;
        break;
      case "come-back":
        Object.assign(model.host(happened.host), { up: true, etcd: true });
        break;
      case "etcd-stops":
        model.host(happened.host).etcd = false;
        break;
      case "install-anew":
        Object.assign(model.host(happened.host), { up: true, etcd: true, data: undefined, state: undefined });
        break;
      case "run":
        desired = happened.wanted ?? desired;
        onRun(model, { desired, restarts: happened.restarts ? desired : [], changes: happened.changes });
        break;
    }
  }
}

test("no accepted plan loses etcd's quorum, wherever it is cut off, and no second cluster is ever made", () => {
  const seen = { accepted: 0, whole: 0 };
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 40 }), (events) => {
      play(events, (model, run) => {
        const plan = planMembership(model.input(run.desired, run.restarts));
        if (plan.problems.length > 0) {
          expect(plan.steps).toEqual([]);
          return;
        }
        seen.accepted += 1;
        if (model.made) expect(plan.steps.map(({ kind }) => kind)).not.toContain("initialise");
        expect(model.apply(plan.steps, run.changes)).toBeUndefined();
        if (run.changes < 1000) return;
        seen.whole += 1;
        expect(model.members.map((member) => member.host).sort()).toEqual([...run.desired].sort());
        // Whoever answers and shall be no control plane is given back, also when an earlier run was cut off at that.
        const kept = hostNames.filter((name) => model.host(name).up && model.host(name).state !== undefined);
        expect(kept.filter((name) => !run.desired.includes(name))).toEqual([]);
        for (const name of run.restarts) {
          const before = model.host(name).up;
          model.host(name).up = false;
          if (run.desired.length > 1) expect(model.hasQuorum()).toBe(true);
          model.host(name).up = before;
        }
      });
    }),
    { numRuns: 2500 },
  );
  // A planner that refuses everything would pass, too.
  expect(seen.accepted).toBeGreaterThan(1000);
  expect(seen.whole).toBeGreaterThan(500);
});

/**
 * Whether any order of what has to happen keeps quorum throughout. Counts are
 * enough: etcd does not care which member it is.
 */
function someOrderWorks(
  voters: { total: number; healthy: number },
  todo: { dead: number; join: number; leave: number },
  restarted: number,
): boolean {
  if (voters.healthy * 2 <= voters.total) return false;
  const { dead, join, leave } = todo;
  if (dead + join + leave === 0)
    return restarted === 0 || voters.total === 1 || (voters.healthy - 1) * 2 > voters.total;
  const { total, healthy } = voters;
  return (
    (dead > 0 && someOrderWorks({ total: total - 1, healthy }, { ...todo, dead: dead - 1 }, restarted)) ||
    (join > 0 && someOrderWorks({ total: total + 1, healthy: healthy + 1 }, { ...todo, join: join - 1 }, restarted)) ||
    (leave > 0 && someOrderWorks({ total: total - 1, healthy: healthy - 1 }, { ...todo, leave: leave - 1 }, restarted))
  );
}

test("a plan is refused for quorum only when no order of its steps would keep it", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 5, maxLength: 40 }), (events) => {
      play(events, (model, run) => {
        const plan = planMembership(model.input(run.desired, run.restarts));
        if (plan.problems.some(({ code }) => code === "onprem/quorum")) {
          refused += 1;
          // What has to happen, worked out from the model instead of from the plan.
          const voting = model.members.filter(({ learner }) => !learner);
          const stays = (member: (typeof voting)[number]): boolean => {
            const { up, state, data } = model.host(member.host);
            if (!run.desired.includes(member.host)) return false;
            // Nobody can look at a host that is down: its member may come back with it.
            if (!up) return true;
            return model.healthy(member) || (state === "member" && data !== undefined);
          };
          const going = voting.filter((member) => !stays(member));
          const todo = {
            dead: going.filter((member) => !model.healthy(member)).length,
            leave: going.filter((member) => model.healthy(member)).length,
            join: run.desired.filter((name) => !voting.some((m) => m.host === name && stays(m))).length,
          };
          const staying = voting.filter(stays);
          const restarted = run.restarts.filter((name) => {
            const member = staying.find((candidate) => candidate.host === name);
            return member === undefined || model.healthy(member);
          }).length;
          expect(someOrderWorks(model.voters(), todo, restarted)).toBe(false);
          return;
        }
        model.apply(plan.steps, run.changes);
      });
    }),
    { numRuns: 2500 },
  );
  expect(refused).toBeGreaterThan(50);
});
