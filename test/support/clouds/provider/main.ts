import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { connectEngineLog } from "../../../../src/plugin/engine-log.js";
import { trackOperations } from "../../../../src/plugin/operations.js";
import { watchParent } from "../../../../src/plugin/parent-watch.js";
import { clouds } from "../clouds.js";
import { Clusters, type Machine } from "../clusters.js";
import { directoryVariable, machineFile } from "../environment.js";
import type { PackageSchema } from "../schema/shape.js";
import { CloudStore, readJson } from "../store.js";
import { simulatedProvider } from "./server.js";

// One program for all simulated clouds: the first argument says whose provider
// plugin it stands for, the rest is what the engine gives every plugin.

const messageLimitBytes = 400 * 1024 * 1024;
const stopSeconds = 3;

const [name = "", ...given] = process.argv.slice(2);
const rules = clouds[name] ?? fail(`there are no rules of ${name}`);
const directory = process.env[directoryVariable] ?? fail(`${directoryVariable} is not set`);
const machine = readJson<Machine>(join(directory, machineFile)) ?? fail(`${directory} has no ${machineFile}`);
const schemaFile = machine.schemas[rules.package] ?? fail(`${machineFile} names no schema of ${rules.package}`);
const schema = readJson<PackageSchema>(schemaFile) ?? fail(`${schemaFile} is missing`);

let engineAddress = given.findLast((argument) => /^[^-].*:\d+$/.test(argument));
const operations = trackOperations(connectEngineLog(() => engineAddress));
const store = new CloudStore(directory, rules.cloud);
const server = new Server({
  "grpc.max_receive_message_length": messageLimitBytes,
  "grpc.max_send_message_length": messageLimitBytes,
});
server.addService(
  ResourceProviderService,
  simulatedProvider({
    context: { rules, schema, store, clusters: new Clusters(rules, store, machine), versions: machine.versions },
    operations,
    onEngineAddress: (address) => {
      engineAddress = address;
    },
  }),
);

const stop = (reason: string): void => {
  operations.cancel(reason);
  setTimeout(() => process.exit(0), stopSeconds * 1000).unref();
  void operations.idle().then(() => process.exit(0));
};
process.once("SIGINT", () => stop("the engine ended the plugin"));
process.once("SIGTERM", () => stop("the plugin was asked to end"));
watchParent(() => {
  engineAddress = undefined;
  stop("the engine is gone");
});

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) fail(`cannot listen on loopback: ${error.message}`);
  process.stdout.write(`${port}\n`);
});

function fail(message: string): never {
  process.stderr.write(`simulated ${name}: ${message}\n`);
  process.exit(1);
}
