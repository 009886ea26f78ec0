import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imagesOf } from "../../src/providers/onprem/addons/images.js";
import { localPath } from "../../src/providers/onprem/addons/local-path.js";
import { type InClusterAccount, inClusterAccount } from "../support/in-cluster-account.js";
import { LiveCluster } from "../support/live-cluster.js";
import { partPaths } from "../support/parts.js";

const run = promisify(execFile);
const provisioner = "isokube.dev/local-path";

let live: LiveCluster;
let directory: string;
let program: string;
let account: InClusterAccount;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "isokube-local-path-"));
  [program] = await partPaths(["local-path-helper"]);
  live = await LiveCluster.create(1);
  const onprem = { hosts: {}, ssh: { user: "root" } };
  account = await inClusterAccount(live.kubeconfig, directory, localPath(imagesOf(onprem), onprem).objects);
}, 300_000);
afterAll(async () => {
  await live?.close();
  await rm(directory, { recursive: true, force: true });
});

const finish = (wait: string) =>
  run(program, ["-a", "finish", "-provisioner", provisioner, "-wait", wait, ...account.args]);

interface Volume {
  readonly provisionedBy?: string;
  readonly policy?: "Delete" | "Retain";
}

/** A volume whose claim is not there: nobody made one of this uid. */
const makeVolume = (name: string, { provisionedBy = provisioner, policy = "Delete" }: Volume = {}) =>
  account.kubectl.apply({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": provisionedBy } },
    spec: {
      capacity: { storage: "1Mi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: policy,
      storageClassName: "standard",
      claimRef: { namespace: "default", name: `claim-of-${name}`, uid: "00000000-0000-4000-8000-000000000000" },
      hostPath: { path: `/var/lib/isokube/volumes/${name}` },
    },
  });

describe("the end of the provisioner, against a real API server and with its own rights", () => {
  test("comes at once where no volume is left, or only such as are not its own to remove", async () => {
    await makeVolume("kept", { policy: "Retain" });
    await makeVolume("foreign", { provisionedBy: "example.com/other" });
    await finish("2s");
  });

  test("waits for a volume whose claim is gone, and names it when it stays", async () => {
    await makeVolume("left");
    await expect(finish("1s")).rejects.toThrow(/volumes without a claim: left /);
    const waiting = finish("30s");
    await account.kubectl.kubectl(["delete", "persistentvolume", "left", "--wait=false"]);
    await account.kubectl
      .kubectl([
        ...["patch", "persistentvolume", "left", "--type=merge", "--patch", '{"metadata":{"finalizers":null}}'],
      ])
      .catch(() => undefined);
    await waiting;
  });
});
