import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** An engine that takes longer has other worries than a status line. */
const deadlineMs = 1000;

export interface Line {
  readonly urn: string;
  readonly message: string;
  /** True for a passing word, false for one that stays in the output. */
  readonly passing: boolean;
}

export interface LineSender {
  /** Settles when the engine has taken the line. */
  send(line: Line): Promise<void>;
}

/** Opens the engine's own service, which listens on loopback only. */
export function connect(address: string): LineSender {
  const client = new EngineClient(address, credentials.createInsecure());
  return {
    send({ urn, message, passing }) {
      const request = new enginePb.LogRequest();
      request.setSeverity(enginePb.LogSeverity.INFO);
      request.setUrn(urn);
      request.setMessage(message);
      request.setEphemeral(passing);
      return new Promise((taken, failed) => {
        client.waitForReady(Date.now() + deadlineMs, (error) => {
          if (error !== undefined) failed(error);
          else client.log(request, (refused) => (refused === null ? taken() : failed(refused)));
        });
      });
    },
  };
}
