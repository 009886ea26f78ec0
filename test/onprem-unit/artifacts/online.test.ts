import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { forArchitecture } from "../../../src/onprem/artifacts/artifacts.js";
import { onlineArtifacts } from "../../../src/onprem/artifacts/online.js";
import { publishedDigest } from "../../../src/onprem/artifacts/published-digest.js";

const cluster = { kubernetesVersion: "1.35.3" };
const nothing = { kind: "online", binaries: undefined, images: undefined, digests: undefined } as const;
const digest = (letter: string) => letter.repeat(64);
const given = { kubelet: digest("a"), kubeadm: digest("b"), kubectl: digest("c"), cniPlugins: undefined };

const published = async (url: string): Promise<string> => (url.includes("/arm64/") ? digest("d") : digest("e"));
const never = async (url: string): Promise<string> => {
  throw new Error(`${url}.sha256 answers 404`);
};

describe("parts that hosts fetch themselves", () => {
  test("come from their publishers, with the digests that are published beside them", async () => {
    const { binaries, cniArchive, kubernetesVersion, imageArchives } = await onlineArtifacts(
      cluster,
      nothing,
      published,
    );
    expect(binaries.kubelet).toEqual({
      name: "kubelet",
      sha256: digest("e"),
      bytes: undefined,
      source: { kind: "url", url: "https://dl.k8s.io/release/v1.35.3/bin/linux/amd64/kubelet" },
    });
    expect(cniArchive?.file).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      source: {
        url: expect.stringMatching(
          /^https:\/\/github\.com\/containernetworking\/plugins\/releases\/download\/v[\d.]+\/cni-plugins-linux-amd64-v[\d.]+\.tgz$/,
        ),
      },
    });
    expect({ kubernetesVersion, imageArchives }).toEqual({ kubernetesVersion: "1.35.3", imageArchives: [] });
  });

  test("come from a mirror, where they are at the same paths", async () => {
    const spec = { ...nothing, binaries: "https://mirror.example.com/files" };
    const { binaries, cniArchive } = await onlineArtifacts(cluster, spec, published);
    const urls = [binaries.kubectl, cniArchive?.file].map((file) => file?.source.kind === "url" && file.source.url);
    expect(urls).toEqual([
      "https://mirror.example.com/files/release/v1.35.3/bin/linux/amd64/kubectl",
      expect.stringMatching(
        /^https:\/\/mirror\.example\.com\/files\/containernetworking\/plugins\/releases\/download\//,
      ),
    ]);
  });

  test("are those of each host's processor", async () => {
    const arm = forArchitecture(await onlineArtifacts(cluster, nothing, published), "arm64");
    expect(arm).toMatchObject({
      architecture: "arm64",
      binaries: { kubelet: { sha256: digest("d"), source: { url: expect.stringContaining("/linux/arm64/kubelet") } } },
    });
  });

  test("are what the program says they are, and nobody else is asked", async () => {
    const own = { ...given, cniPlugins: digest("f") };
    const found = await onlineArtifacts(cluster, { ...nothing, digests: { arm64: own } }, never);
    expect(found).toMatchObject({
      architecture: "arm64",
      binaries: { kubelet: { sha256: digest("a") }, kubectl: { sha256: digest("c") } },
      cniArchive: { file: { sha256: digest("f") } },
    });
    expect(forArchitecture(found, "amd64")).toEqual({ why: "onprem.artifacts.digests has none for amd64" });
  });

  test("are for the processors whose digests can be had", async () => {
    const found = await onlineArtifacts(cluster, nothing, (url) =>
      url.includes("/amd64/") ? published(url) : never(url),
    );
    expect(found.architecture).toBe("amd64");
    expect(forArchitecture(found, "arm64")).toEqual({
      why: expect.stringMatching(/arm64\/kubelet\.sha256 answers 404/),
    });
  });

  test("are refused where nobody says what they must be", async () => {
    const spec = { ...nothing, binaries: "https://mirror.example.com" };
    await expect(onlineArtifacts(cluster, spec, never)).rejects.toThrow(
      /onprem\.artifacts\.binaries = "https:\/\/mirror\.example\.com": nobody says which digests .* answers 404.*onprem\.artifacts\.digests/s,
    );
  });
});

describe("a published digest", () => {
  let server: Server;
  let answer: { status: number; text: string };
  beforeEach(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === "/kubelet.sha256" ? answer.status : 500;
      response.end(answer.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/kubelet`;

  test.each([
    ["alone", digest("a")],
    ["with the end of a line", `${digest("a")}\n`],
    ["with the name of the file", `${digest("a")}  kubelet\n`],
  ])("is read %s", async (_, text) => {
    answer = { status: 200, text };
    expect(await publishedDigest(url())).toBe(digest("a"));
  });

  test.each([
    ["a file that is not there", { status: 404, text: "" }, /kubelet\.sha256 answers 404$/],
    ["a page of a proxy", { status: 200, text: `<html>${"x".repeat(5000)}` }, /is no SHA-256 digest$/],
    ["something longer than a digest", { status: 200, text: digest("a") + digest("b") }, /is no SHA-256 digest$/],
  ])("is not taken from %s", async (_, wrong, said) => {
    answer = wrong;
    await expect(publishedDigest(url())).rejects.toThrow(said);
  });

  test("of a server that does not answer is an error with its address", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(publishedDigest("http://127.0.0.1:9/kubelet")).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9\/kubelet\.sha256 cannot be reached \(/,
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
});
