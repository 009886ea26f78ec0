import type { handleUnaryCall, ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { toServiceError } from "../../../../src/plugin/failures.js";
import type { Operations } from "../../../../src/plugin/operations.js";
import { marshalProperties, unmarshalProperties } from "../../../../src/plugin/properties.js";
import { type CustomResource, parseUrn } from "../../../../src/plugin/resource.js";
import { resourceProvider } from "../../../../src/plugin/server.js";
import type { Block, Refusal } from "../model.js";
import type { Settings } from "../world.js";
import { checkInputs } from "./check.js";
import { ignoring } from "./compare.js";
import { type ProviderContext, type ResourceContext, recorded, refuseAll, working } from "./context.js";
import { SimulatedType } from "./resource.js";
import { toBlock, toProperties } from "./values.js";

interface SimulatedProviderOptions {
  readonly context: Omit<ProviderContext, "settings">;
  readonly operations: Operations;
  readonly onEngineAddress: (address: string) => void;
}

/** The provider protocol of one simulated cloud: the product's own server, with configuration, Check and functions. */
export function simulatedProvider(options: SimulatedProviderOptions): UntypedServiceImplementation {
  const { rules, schema } = options.context;
  let settings: Settings | undefined;
  const context: ProviderContext = {
    ...options.context,
    settings: () => {
      if (settings === undefined) throw new Error(`simulated ${rules.cloud}: the provider is not configured`);
      return settings;
    },
  };
  const contexts = new Map<string, ResourceContext>(
    Object.entries(rules.resources).flatMap(([token, resource]) => {
      const shape = schema.resources[token];
      return shape === undefined ? [] : [[token, { ...context, token, resource, shape }]];
    }),
  );
  const contextOf = (urn: string): ResourceContext => {
    const { type } = parseUrn(urn);
    const found = contexts.get(type);
    if (found === undefined) throw new Error(`simulated ${rules.cloud}: it has no rules for ${type}`);
    return found;
  };

  const plain = resourceProvider({
    version: schema.version,
    schema: async () => JSON.stringify({ name: rules.package, version: schema.version }),
    resources: new Map([...contexts].map(([token, each]) => [token, customResource(each)])),
    operations: options.operations,
    onEngineAddress: options.onEngineAddress,
  });
  const { diff: compare } = plain;

  return {
    ...plain,

    diff: (
      call: ServerUnaryCall<providerPb.DiffRequest, providerPb.DiffResponse>,
      callback: sendUnaryData<providerPb.DiffResponse>,
    ) => {
      const { request } = call;
      const olds = unmarshalProperties(request.getOldInputs());
      const news = unmarshalProperties(request.getNews());
      request.setNews(marshalProperties(ignoring(request.getIgnorechangesList(), olds, news)));
      (compare as handleUnaryCall<providerPb.DiffRequest, providerPb.DiffResponse>)(call, callback);
    },

    configure: answer<providerPb.ConfigureRequest, providerPb.ConfigureResponse>(async (request) => {
      const configured = rules.settings(toBlock(unmarshalProperties(request.getArgs())));
      if ("message" in configured) throw new Error(`simulated ${rules.cloud}: ${configured.message}`);
      settings = configured;
      return new providerPb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSupportspreview(true);
    }),

    check: answer<providerPb.CheckRequest, providerPb.CheckResponse>(async (request) => {
      const urn = request.getUrn();
      const each = contextOf(urn);
      const news = unmarshalProperties(request.getNews());
      const { added, refusals } = checkInputs(each, {
        urn,
        inputs: toBlock(news),
        oldInputs: request.hasOlds() ? toBlock(unmarshalProperties(request.getOlds())) : undefined,
        randomSeed: request.getRandomseed_asU8(),
      });
      noteRefusals(each, urn, refusals);
      const response = new providerPb.CheckResponse();
      response.setInputs(marshalProperties({ ...news, ...toProperties(added, {}) }));
      return response.setFailuresList(refusals.map((refusal) => toFailure(rules.cloud, refusal)));
    }),

    invoke: answer<providerPb.InvokeRequest, providerPb.InvokeResponse>(async (request) => {
      const args = toBlock(unmarshalProperties(request.getArgs()));
      const result = await invoke(context, request.getTok(), args);
      return new providerPb.InvokeResponse().setReturn(marshalProperties(toProperties(result, {})));
    }),
  };
}

function customResource(context: ResourceContext): CustomResource {
  const type = new SimulatedType(context);
  return Object.assign(type, {
    // The protocol's Check is served above.
    check: async ({ newInputs }: Parameters<CustomResource["check"]>[0]) => ({ inputs: newInputs, problems: [] }),
  });
}

async function invoke(context: ProviderContext, token: string, args: Block): Promise<Block> {
  const { cloud, invokes } = context.rules;
  const rule = invokes[token];
  if (rule === undefined) throw new Error(`simulated ${cloud}: it has no rules for the function ${token}`);
  const subject = { operation: "invoke", token, name: "", urn: "", id: "", inputs: args } as const;
  return recorded(context, subject, () =>
    working(context, subject, (world) => {
      const known = rule.arguments.map((name) => name.replace(/\?$/, ""));
      const missing = rule.arguments.filter((name) => !name.endsWith("?") && (args[name] ?? undefined) === undefined);
      const strange = Object.keys(args).filter((name) => !known.includes(name));
      refuseAll(cloud, [
        ...missing.map((path) => ({ path, message: "Missing required argument" })),
        ...strange.map((path) => ({ path, message: `Unknown argument; there are ${known.join(", ")}` })),
      ]);
      const result = rule.invoke({ args, settings: context.settings(), world });
      if (isRefusal(result)) refuseAll(cloud, [result]);
      return isRefusal(result) ? {} : result;
    }),
  );
}

function isRefusal(result: Block | Refusal): result is Refusal {
  return (
    typeof result["message"] === "string" && Object.keys(result).every((key) => key === "message" || key === "path")
  );
}

/** A refusal at Check is an answer, not a call of the cloud: tests ask that none reached it. */
function noteRefusals(context: ResourceContext, urn: string, refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return;
  const now = Date.now();
  context.store.record({
    cloud: context.rules.cloud,
    operation: "check",
    preview: true,
    token: context.token,
    name: parseUrn(urn).name,
    urn,
    id: "",
    startedAt: now,
    endedAt: now,
    outcome: "refused",
    message: refusals.map(({ path, message }) => (path === undefined ? message : `${path}: ${message}`)).join("; "),
  });
}

function toFailure(cloud: string, { path, message }: Refusal): providerPb.CheckFailure {
  const failure = new providerPb.CheckFailure().setReason(`simulated ${cloud}: ${message}`);
  return path === undefined ? failure : failure.setProperty(path);
}

function answer<Request, Response>(serve: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    serve(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}
