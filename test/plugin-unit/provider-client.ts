import {
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { controlPlaneResource } from "../../src/plugin/control-plane/control-plane.js";
import { connectEngineLog } from "../../src/plugin/engine-log.js";
import { type Operations, trackOperations } from "../../src/plugin/operations.js";
import { type PropertyMap, unmarshalProperties } from "../../src/plugin/properties.js";
import { resourceProvider } from "../../src/plugin/server.js";
import type { FakeMachine } from "./fake-machine.js";

/** The engine's side of the protocol: a client of the provider, and the service that takes its log lines. */
export class ProviderUnderTest {
  /** Every line that the provider logged, in order. */
  readonly lines: LogRequest.AsObject[] = [];
  readonly operations: Operations;
  readonly #servers: Server[];
  readonly client: Client;

  private constructor(servers: Server[], port: number, operations: Operations, lines: LogRequest.AsObject[]) {
    this.#servers = servers;
    this.client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    this.operations = operations;
    this.lines = lines;
  }

  static async serve(machine: FakeMachine): Promise<ProviderUnderTest> {
    const lines: LogRequest.AsObject[] = [];
    const engine = new Server();
    engine.addService(EngineService, {
      log: (
        call: { request: LogRequest },
        done: (error: null, response: InstanceType<typeof emptyPb.Empty>) => void,
      ) => {
        lines.push(call.request.toObject());
        done(null, new emptyPb.Empty());
      },
    });
    const enginePort = await listen(engine);
    let address: string | undefined;
    const operations = trackOperations(connectEngineLog(() => address));
    const provider = new Server();
    const service = resourceProvider({
      version: "1.2.3",
      schema: async () => "{}",
      resources: new Map([["isokube:local:ControlPlane", controlPlaneResource(machine)]]),
      operations,
      onEngineAddress: (told) => {
        address = told;
      },
    });
    provider.addService(ResourceProviderService, service);
    const served = new ProviderUnderTest([engine, provider], await listen(provider), operations, lines);
    const hello = new providerPb.ProviderHandshakeRequest().setEngineAddress(`127.0.0.1:${enginePort}`);
    await served.call(ResourceProviderService.handshake, hello);
    return served;
  }

  /** One unary call; rejects with the service's error. */
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response> {
    return new Promise((done, fail) => {
      this.client.makeUnaryRequest<Request, Response>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        (error, response) => {
          if (error !== null) fail(error);
          else if (response === undefined) fail(new Error(`${method.path} answered nothing`));
          else done(response);
        },
      );
    });
  }

  close(): void {
    this.client.close();
    for (const server of this.#servers) server.forceShutdown();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((done, fail) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? done(port) : fail(error),
    );
  });
}

/** The half-made resource that an error carries in its trailer, as the engine reads it. */
export function initFailure(error: ServiceError): {
  id: string;
  outputs: PropertyMap;
  inputs: PropertyMap;
  reasons: string[];
} {
  const [trailer] = error.metadata.get("grpc-status-details-bin");
  if (!(trailer instanceof Buffer)) throw new Error(`no details in: ${error.message}`);
  const [detail] = statusPb.Status.deserializeBinary(trailer).getDetailsList();
  if (detail?.getTypeName() !== "pulumirpc.ErrorResourceInitFailed")
    throw new Error(`details: ${detail?.getTypeName()}`);
  const failed = providerPb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return {
    id: failed.getId(),
    outputs: unmarshalProperties(failed.getProperties()),
    inputs: unmarshalProperties(failed.getInputs()),
    reasons: failed.getReasonsList(),
  };
}
