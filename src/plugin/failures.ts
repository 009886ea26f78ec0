import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { messageOf } from "../core/message-of.js";
import { marshalProperties } from "./properties.js";
import { PartialFailure } from "./resource.js";

/** A call that this plugin does not serve, with the reason in words. */
export function unimplemented(method: string, why: string): ServiceError {
  return serviceError(status.UNIMPLEMENTED, `isokube does not serve ${method}: ${why}`);
}

/** Turns whatever an operation threw into the answer that the engine understands. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof PartialFailure) return partialFailure(error);
  const message = messageOf(error);
  return serviceError(isAbort(error) ? status.CANCELLED : status.UNKNOWN, message);
}

/** True for what an AbortSignal's listeners throw, however deep it was wrapped. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || isAbort(error.cause));
}

function serviceError(code: status, message: string, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(message), { code, details: message, metadata });
}

/** The half-made resource travels as a detail of the status, in the trailer that gRPC keeps for it. */
function partialFailure(failure: PartialFailure): ServiceError {
  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(failure.id);
  detail.setInputs(marshalProperties(failure.inputs));
  detail.setProperties(marshalProperties(failure.outputs));
  detail.setReasonsList([...failure.reasons]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statusPb.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(failure.message);
  answer.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return serviceError(status.UNKNOWN, failure.message, metadata);
}
