import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type { Line, LineSender } from "./engine-log.js";

const severities = { info: enginePb.LogSeverity.INFO, warning: enginePb.LogSeverity.WARNING };

/** Opens the engine's own service, which listens on loopback only. */
export function connect(address: string): LineSender {
  const client = new EngineClient(address, credentials.createInsecure());
  return {
    send({ severity, urn, message, ephemeral }: Line) {
      const request = new enginePb.LogRequest();
      request.setSeverity(severities[severity]);
      request.setUrn(urn);
      request.setMessage(message);
      request.setEphemeral(ephemeral);
      client.log(request, () => undefined);
    },
    close: () => client.close(),
  };
}
