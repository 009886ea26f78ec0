import { homedir } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../../src/plugin/control-plane/machine.js";
import { kubernetesVersions } from "../../../toolchain/index.js";

const machine = thisMachine("/home/ana/shop");

afterEach(() => vi.unstubAllEnvs());

describe("this machine", () => {
  test.each([
    [{ ISOKUBE_HOME: "/srv/isokube", XDG_STATE_HOME: "/state" }, "/srv/isokube/clusters/shop-dev"],
    [{ ISOKUBE_HOME: "", XDG_STATE_HOME: "/state" }, "/state/isokube/clusters/shop-dev"],
    [{ ISOKUBE_HOME: "", XDG_STATE_HOME: "" }, `${homedir()}/.local/state/isokube/clusters/shop-dev`],
  ])("keeps clusters where %j says", (environment, expected) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(machine.dataDirectory("shop-dev")).toBe(expected);
  });

  test("tells the same resource of two checkouts apart", () => {
    const urn = "urn:pulumi:dev::shop::isokube:local:ControlPlane::main";
    expect(machine.ownerOf(urn)).toContain(urn);
    expect(machine.ownerOf(urn)).not.toBe(thisMachine("/home/ana/shop-2").ownerOf(urn));
  });

  test("offers what the toolchain can get", async () => {
    const { versions, defaultMinor } = await machine.releases();
    expect(versions).toEqual(kubernetesVersions);
    expect(versions[defaultMinor]).toBeDefined();
  });

  test("has no cluster in a folder that is not there", async () => {
    const nowhere = "/nonexistent/clusters/shop-dev";
    expect(await machine.observe(nowhere)).toBeUndefined();
    expect(await machine.recorded(nowhere)).toBeUndefined();
    expect(new Set(Object.values(await machine.probe(nowhere)))).toEqual(new Set(["down"]));
    await machine.destroy(nowhere, { signal: new AbortController().signal, onProgress: () => undefined });
  });
});
