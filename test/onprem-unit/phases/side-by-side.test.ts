import { expect, test } from "vitest";
import type { Artifacts } from "../../../src/onprem/artifacts/artifacts.js";
import { binaries } from "../../../src/onprem/phases/binaries.js";
import { importImages } from "../../../src/onprem/phases/images.js";
import type { Remote, RemoteScript } from "../../../src/onprem/remote.js";
import { artifacts, hostView, nodeSpec } from "../fixtures.js";

const images = ["a", "b", "c"];
const three: Artifacts = {
  ...artifacts,
  imageArchives: images.map((name, index) => ({
    file: { name, sha256: String(index + 1).repeat(64), bytes: 1, source: { kind: "file", path: name } },
    images: [`example.com/${name}:1`],
    controlPlaneOnly: false,
  })),
};

/** A host that writes down what begins and ends on it. */
function recording(failing: string | undefined = undefined) {
  const log: string[] = [];
  const imported = new Set<string>();
  const step = async (what: string): Promise<void> => {
    log.push(`${what} …`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    log.push(what);
    if (what === failing) throw new Error(`${what} failed`);
  };
  const remote: Remote = {
    name: "worker1",
    run: async ({ text, args = [] }: RemoteScript) => {
      if (text.includes("images ls")) return { exitCode: 0, stdout: [...imported].join("\n"), stderr: "" };
      log.push(
        text.includes("isokube-link") ? `link ${args[0]}` : text.includes("sync") ? `sync ${args.length}` : "run",
      );
      return { exitCode: text.includes("isokube-link") ? 3 : 0, stdout: "", stderr: "" };
    },
    async runUnit({ args = [] }) {
      await step(`import ${args[1]?.slice(12, 13)}`);
      for (const image of args.slice(1)) imported.add(image);
      return { exitCode: 0, stdout: "", stderr: "" };
    },
    readFile: async () => undefined,
    writeFile: async () => undefined,
    upload: ({ from }) => step(`send ${from}`),
    close: async () => undefined,
  };
  return { log, tools: { remote, signal: new AbortController().signal, report: () => undefined } };
}

test("the next archive is on its way while one is unpacked", async () => {
  const { log, tools } = recording();
  await importImages({ node: nodeSpec("worker1"), artifacts: three }, tools);
  expect(log.indexOf("send b …")).toBeLessThan(log.indexOf("import a"));
  expect(log.indexOf("send c …")).toBeLessThan(log.indexOf("import b"));
  for (const name of images) expect(log.indexOf(`send ${name}`)).toBeLessThan(log.indexOf(`import ${name} …`));
});

test.each(["import a", "send b"])("where %s fails, nothing goes on behind the failure", async (failing) => {
  const { log, tools } = recording(failing);
  await expect(importImages({ node: nodeSpec("worker1"), artifacts: three }, tools)).rejects.toThrow(
    `${failing} failed`,
  );
  expect(
    log
      .filter((line) => line.endsWith("…"))
      .map((line) => line.slice(0, -2))
      .sort(),
  ).toEqual(log.filter((line) => !line.endsWith("…")).sort());
  expect(log).not.toContain("send c …");
});

test("only files that are the same are looked for under another name, and all are synced at once", async () => {
  const { log, tools } = recording();
  const { kubelet } = artifacts.binaries;
  const same = { kubelet, kubeadm: { ...kubelet, name: "kubeadm" }, kubectl: { ...artifacts.binaries.kubectl } };
  await binaries.run(hostView(nodeSpec("worker1"), { artifacts: { ...artifacts, binaries: same } }), tools);
  const links = log.filter((line) => line.startsWith("link")).map((line) => line.slice(line.lastIndexOf("/") + 1));
  expect(links).toEqual(["kubelet", "kubeadm"]);
  expect(log.filter((line) => line.startsWith("sync"))).toEqual(["sync 5"]);
});
