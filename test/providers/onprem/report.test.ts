import { describe, expect, test } from "vitest";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { manifestsOf } from "../../../src/providers/onprem/addons.js";
import { nodesOf } from "../../../src/providers/onprem/nodes.js";
import { describeOnprem } from "../../../src/providers/onprem/report.js";
import { plannedRow } from "../../../src/providers/report.js";
import { full, fullArgs, specOf } from "./samples.js";

const rowsOf = (args: ClusterArgs) =>
  Object.fromEntries(
    describeOnprem("shop", checkCluster("shop", args).spec).map((draft) => [draft.property, plannedRow(draft)]),
  );

describe("the report of a cluster on hosts of one's own", () => {
  test("says that hosts are counted into pools, and checked against them", () => {
    const rows = rowsOf(fullArgs);
    expect(rows["pools.general.cpu"]).toMatchObject({
      requested: "2",
      field: "host.needs.cpu",
      realised: "2",
      level: "native",
    });
    expect(rows["pools.general.min"]).toMatchObject({ requested: "2", realised: "2" });
    expect(rows["pools.general.max"]).toMatchObject({
      requested: "4",
      realised: "2",
      level: "unsupported",
      deviation: expect.stringContaining("hard ceiling"),
    });
    expect(rows["pools.batch.max"]).toMatchObject({ requested: "1", realised: "1" });
    expect(rows["pools.batch.max"]).not.toHaveProperty("deviation");
  });

  test("says that more hosts than the pool's most are used all the same", () => {
    const pools = { ...fullArgs.pools, general: { cpu: 2, memory: "4Gi", min: 1, max: 1 } } as ClusterArgs["pools"];
    expect(rowsOf({ ...fullArgs, ...(pools === undefined ? {} : { pools }) })["pools.general.max"]).toMatchObject({
      requested: "1",
      realised: "2",
      deviation: "every host that is listed is used",
    });
  });

  test("says how the API server is reached and protected", () => {
    const rows = rowsOf(fullArgs);
    expect(rows["controlPlane.highlyAvailable"]).toMatchObject({
      realised: "3 control planes",
      level: "native",
    });
    expect(rows["controlPlane.endpoint"]).toMatchObject({ field: "controlPlaneEndpoint", realised: "vip 10.89.0.100" });
    expect(rows["access.admins"]).toMatchObject({ field: "subjects", level: "native" });
    expect(rows["network.cidr"]).toMatchObject({ level: "unsupported" });
  });

  test("names resources that there are", () => {
    const spec = specOf(fullArgs);
    const made = manifestsOf(spec, full, nodesOf(spec, full)).flatMap(({ name, objects }) =>
      objects.map(({ apiVersion, kind, metadata }) => {
        const place =
          metadata.namespace === undefined || metadata.namespace === "kube-system" ? [] : [metadata.namespace];
        const own = metadata.name.replaceAll(":", "-");
        return `kubernetes:${apiVersion}:${kind} ${["shop", name, kind.toLowerCase(), ...place, own].join("-")}`;
      }),
    );
    const named = Object.values(rowsOf(fullArgs)).map(({ resource }) => resource);
    const ofKubernetes = [...new Set(named.filter((resource) => resource.startsWith("kubernetes:")))];
    expect(ofKubernetes.length).toBeGreaterThan(4);
    expect(made).toEqual(expect.arrayContaining(ofKubernetes));
  });

  test("can be made before the hosts are told", () => {
    const rows = rowsOf({ target: "onprem", pools: { general: { cpu: 4, memory: "16Gi", min: 1, max: 3 } } });
    expect(rows["pools.general.cpu"]).toMatchObject({ realised: "the hosts are not told yet" });
    expect(rows["controlPlane.endpoint"]).toMatchObject({ realised: "the hosts are not told yet" });
    expect(rows["loadBalancer"]).toMatchObject({ level: "addon" });
  });
});
