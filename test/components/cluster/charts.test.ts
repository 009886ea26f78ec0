import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chartSource } from "../../../src/components/cluster/charts.js";

describe("a chart is got", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "isokube-charts-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([undefined, ""])("from its publisher, pinned, without a mirror (%j)", (mirror) => {
    expect(chartSource("envoy-gateway", mirror)).toEqual({
      chart: "oci://docker.io/envoyproxy/gateway-helm",
      version: "v1.9.1",
    });
    expect(chartSource("cluster-autoscaler", mirror)).toEqual({
      chart: "cluster-autoscaler",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      repositoryOpts: { repo: "https://kubernetes.github.io/autoscaler" },
    });
  });

  test("from an OCI mirror, whatever its publisher's kind of repository", () => {
    for (const mirror of ["oci://registry.example.com/charts", "oci://registry.example.com/charts/"]) {
      expect(chartSource("aws-load-balancer-controller", mirror)).toEqual({
        chart: "oci://registry.example.com/charts/aws-load-balancer-controller",
        version: expect.any(String),
      });
    }
  });

  test("from a folder: the archive of the pinned version before an unpacked chart", () => {
    const unpacked = join(folder, "gateway-helm");
    mkdirSync(unpacked);
    expect(chartSource("envoy-gateway", folder)).toEqual({ chart: unpacked });
    const archive = join(folder, "gateway-helm-v1.9.1.tgz");
    writeFileSync(archive, "");
    expect(chartSource("envoy-gateway", folder)).toEqual({ chart: archive });
  });

  test("from nowhere, when the folder does not hold the pinned version, and is told so", () => {
    writeFileSync(join(folder, "gateway-helm-v1.8.0.tgz"), "");
    expect(chartSource("envoy-gateway", folder)).toMatchObject({
      code: "charts/not-in-mirror",
      path: "ISOKUBE_CHARTS",
      value: folder,
      why: expect.stringContaining("gateway-helm-v1.9.1.tgz"),
      fix: expect.stringContaining("v1.9.1"),
    });
  });
});
