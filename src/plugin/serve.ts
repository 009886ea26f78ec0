import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { connectEngineLog } from "./engine-log.js";
import { trackOperations } from "./operations.js";
import { watchParent } from "./parent-watch.js";
import { customResources, definitions, type Machines } from "./resources.js";
import { resourceProvider } from "./server.js";

/** How long work in progress may take to stop after it was aborted, while the engine waits for its answer. */
const stopSeconds = 3;

/** The same when nobody waits any more: the next engine may be there already. */
const orphanStopSeconds = 1;

/** Pulumi's own limit: a state with many resources is larger than gRPC's default of 4 MiB. */
const messageLimitBytes = 400 * 1024 * 1024;

export interface ServeOptions {
  readonly version: string;
  readonly machines: Machines;
  /** What the engine started the plugin with: flags, then the address of its own service. */
  readonly arguments: readonly string[];
}

/**
 * Serves the provider on loopback and prints its port, which is all that the
 * engine waits for. Ends when the engine asks for it or is no more.
 */
export function servePlugin({ version, machines, arguments: given }: ServeOptions): void {
  let engineAddress = given.findLast((argument) => /^[^-].*:\d+$/.test(argument));
  const log = connectEngineLog(() => engineAddress);
  const operations = trackOperations(log);
  const server = new Server({
    "grpc.max_receive_message_length": messageLimitBytes,
    "grpc.max_send_message_length": messageLimitBytes,
  });
  server.addService(
    ResourceProviderService,
    resourceProvider({
      version,
      schema: async () => {
        const { renderSchema } = await import("./schema.js");
        return JSON.stringify(renderSchema(version, definitions));
      },
      resources: customResources(machines),
      operations,
      onEngineAddress: (address) => {
        engineAddress = address;
      },
    }),
  );

  const stop = (reason: string, limitSeconds: number): void => {
    operations.cancel(reason);
    setTimeout(() => process.exit(0), limitSeconds * 1000).unref();
    void operations.idle().then(() => process.exit(0));
  };
  process.once("SIGINT", () => stop("the engine ended the plugin", stopSeconds));
  process.once("SIGTERM", () => stop("the plugin was asked to end", stopSeconds));
  watchParent(() => {
    engineAddress = undefined;
    stop("the engine is gone", orphanStopSeconds);
  });

  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) {
      process.stdout.write(`${port}\n`);
      return;
    }
    process.stderr.write(`isokube's plugin cannot listen on loopback: ${error.message}\n`);
    process.exit(1);
  });
}
