import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { expect, it } from "vitest";
import { beginCommand } from "../../../src/onprem/transport/channel.js";
import { Connection } from "../../../src/onprem/transport/connection.js";

/** A client whose host allows a command and answers it in one packet, as it comes to a process that is busy. */
class PromptClient extends EventEmitter {
  exec(_command: string, done: (error: Error | undefined, channel: ClientChannel) => void): void {
    const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() });
    done(undefined, channel as unknown as ClientChannel);
    channel.write("all of it\n");
    channel.emit("exit", 3);
    channel.emit("close");
  }
}

it("hears of a command's end that comes together with the permission to run it", async () => {
  const connection = new Connection(new PromptClient() as unknown as Client, "node1");
  const running = await beginCommand(connection, "true", { stdout: () => undefined, stderr: () => undefined });
  const late = new Promise((resolve) => setTimeout(resolve, 1000, "nothing was heard"));
  expect(await Promise.race([running.ended, late])).toEqual({ kind: "exit", code: 3 });
});
