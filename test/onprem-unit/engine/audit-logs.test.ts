import { expect, test } from "vitest";
import { ProblemList } from "../../../src/core/validation.js";
import { planControlPlane } from "../../../src/onprem/engine/control-plane-plan.js";
import { parseMarker } from "../../../src/onprem/facts/marker.js";
import { renderMarker } from "../../../src/onprem/host/marker.js";
import { artifacts, clusterSight, clusterSpec, etcdMember, marker, memberSight, nodeSpec } from "../fixtures.js";

const three = ["cp1", "cp2", "cp3"].map((name) => nodeSpec(name));

/** What is done to three members whose API servers were told so, one after another. */
function manifestsWritten(told: boolean | undefined, wanted: boolean, kubernetesVersion?: string): string[] {
  const spec = { ...clusterSpec(), auditLogs: wanted };
  const cluster = kubernetesVersion === undefined ? spec : { ...spec, kubernetesVersion };
  const { problems, stages } = planControlPlane({
    cluster,
    hosts: three,
    before: three,
    workers: [],
    abandoned: [],
    exists: true,
    artifacts: { ...artifacts, kubernetesVersion: cluster.kubernetesVersion },
    sights: {
      hosts: Object.fromEntries(
        three.map((node) => [
          node.name,
          memberSight(node, marker(node, told === undefined ? {} : { auditLogs: told })),
        ]),
      ),
      cluster: clusterSight(three.map((node) => etcdMember(node))),
      healthy: three.map(({ name }) => name),
      virtualAddressAnswers: undefined,
    },
  });
  expect(problems).toEqual([]);
  return stages.flatMap(({ concurrency, steps }) =>
    steps.flatMap(({ node, phase, why }) => (phase === "static-pods" ? [`${concurrency}: ${node}: ${why}`] : [])),
  );
}

test("an audit log that is asked for later is written by every API server, one control plane at a time", () => {
  expect(manifestsWritten(false, true)).toEqual(three.map(({ name }) => `1: ${name}: the audit log is to be written`));
});

test("one that is asked for no more is ended", () => {
  expect(manifestsWritten(true, false)).toEqual(three.map(({ name }) => `1: ${name}: the audit log is to be ended`));
});

test("nothing is written anew where nothing changed, or where an older release noted nothing", () => {
  expect(manifestsWritten(true, true)).toEqual([]);
  expect(manifestsWritten(false, false)).toEqual([]);
  expect(manifestsWritten(undefined, true)).toEqual([]);
});

test("with an upgrade it is the upgrade's: the old kubeadm writes nothing for the new release", () => {
  expect(manifestsWritten(false, true, "1.36.3")).toEqual([]);
});

test("the host's marker tells it, and one without it is one all the same", () => {
  const [cp1] = three;
  if (cp1 === undefined) throw new Error("there is no first");
  for (const owned of [marker(cp1), { ...marker(cp1), auditLogs: true }]) {
    const problems = new ProblemList();
    expect(parseMarker(renderMarker(owned), problems)).toEqual(owned);
    expect(problems.found).toEqual([]);
  }
});
