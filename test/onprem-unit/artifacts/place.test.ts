import { expect, test } from "vitest";
import { placeArtifact } from "../../../src/onprem/artifacts/place.js";
import type { PhaseTools } from "../../../src/onprem/phases/phase.js";
import type { Remote, RemoteUpload } from "../../../src/onprem/remote.js";
import { artifacts } from "../fixtures.js";

test("a file on its way is told of a few times, however many pieces it goes in", async () => {
  const lines: string[] = [];
  const upload = async ({ onProgress }: RemoteUpload): Promise<void> => {
    for (let piece = 1; piece <= 1000; piece++) onProgress?.(piece, 1000);
  };
  const tools: PhaseTools = {
    remote: { name: "host1", upload } as Partial<Remote> as Remote,
    signal: new AbortController().signal,
    report: (line) => void lines.push(line),
  };
  await placeArtifact(artifacts.binaries.kubelet, "/usr/local/bin/kubelet", 0o755, tools);
  expect(lines).toEqual([0, 25, 50, 75, 100].map((percent) => `sending kubelet: ${percent} % of 50 MB`));
});
