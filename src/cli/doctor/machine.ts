import { connect, createServer } from "node:net";
import { availableParallelism, freemem } from "node:os";
import { messageOf } from "../../core/message-of.js";
import { type Finding, ok } from "./finding.js";

/** Pulumi's SDK and the CLI itself use what this release brought. */
const oldestNode = [20, 19] as const;

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  if (!isOld) return ok("Node", `version ${version}`);
  return {
    check: "Node",
    status: "problem",
    detail: `version ${version} is too old`,
    fix: `install Node ${oldestNode.join(".")} or newer`,
  };
}

const gibibyte = 1024 ** 3;
/** A local control plane with its nodes, the engine and a program, as measured, with some air. */
const wantedMemory = 2 * gibibyte;

export function checkMemory(freeBytes: number = freemem()): Finding {
  const free = `${(freeBytes / gibibyte).toFixed(1)} GiB free, ${availableParallelism()} cores`;
  if (freeBytes >= wantedMemory) return ok("memory", free);
  return {
    check: "memory",
    status: "warning",
    detail: `${free}; a local cluster with Pulumi takes about 2 GiB`,
    fix: "close something before `npm run quickstart`",
  };
}

const loopbackWaitMilliseconds = 2000;

/** Everything local listens on 127.0.0.1 at ports that the system gives. */
export async function checkLoopback(): Promise<Finding> {
  const server = createServer((socket) => socket.end("isokube"));
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    await new Promise<void>((resolve, reject) => {
      const client = connect(port, "127.0.0.1");
      client.setTimeout(loopbackWaitMilliseconds, () => client.destroy(new Error("no answer within 2 s")));
      client.once("error", reject);
      client.once("data", () => {
        client.destroy();
        resolve();
      });
    });
    return ok("loopback", "127.0.0.1 answers, free ports are there");
  } catch (error) {
    return {
      check: "loopback",
      status: "problem",
      detail: `127.0.0.1 cannot be used: ${messageOf(error)}`,
      fix: "bring the loopback interface up and allow local connections",
    };
  } finally {
    server.close();
  }
}
