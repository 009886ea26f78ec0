import type { handleUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { formatProblem, type Problem } from "../core/problems.js";
import { toServiceError, unimplemented } from "./failures.js";
import type { Operations } from "./operations.js";
import { containsSecret, marshalProperties, type PropertyMap, unmarshalProperties } from "./properties.js";
import { type ChangeKind, type CustomResource, type Diff, parseUrn } from "./resource.js";

export interface ServerOptions {
  readonly version: string;
  /** The package's schema as JSON; made only when asked for. */
  readonly schema: () => Promise<string>;
  /** Resource token to what serves it. */
  readonly resources: ReadonlyMap<string, CustomResource>;
  readonly operations: Operations;
  /** Told where the engine listens for log lines. */
  readonly onEngineAddress: (address: string) => void;
}

/** The methods of Pulumi's provider protocol, each a thin translation to and from `CustomResource`. */
export function resourceProvider(options: ServerOptions): UntypedServiceImplementation {
  const { operations } = options;

  const resourceOf = (urn: string): CustomResource => {
    const { type } = parseUrn(urn);
    const resource = options.resources.get(type);
    if (resource !== undefined) return resource;
    throw new Error(
      `isokube ${options.version} has no resource ${type}; it has ${[...options.resources.keys()].join(", ")}`,
    );
  };

  const acceptConfig = answer<providerPb.CheckRequest, providerPb.CheckResponse>(async (request) => {
    // The stack's own config may use this namespace too: none of it concerns the provider.
    const response = new providerPb.CheckResponse();
    return response.setInputs(request.getNews());
  });

  const methods = {
    handshake: answer(async (request) => {
      options.onEngineAddress(request.getEngineAddress());
      return new providerPb.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true);
    }),

    attach: answer(async (request) => {
      options.onEngineAddress(request.getAddress());
      return new emptyPb.Empty();
    }),

    getPluginInfo: answer(async () => {
      const response = new pluginPb.PluginInfo();
      response.setVersion(options.version);
      return response;
    }),

    getSchema: answer(async (request) => {
      if (request.getVersion() !== 0)
        throw new Error(`isokube has no schema of version ${request.getVersion()}, only 0`);
      return new providerPb.GetSchemaResponse().setSchema(await options.schema());
    }),

    checkConfig: acceptConfig,
    diffConfig: answer(async () =>
      new providerPb.DiffResponse().setChanges(providerPb.DiffResponse.DiffChanges.DIFF_NONE),
    ),
    configure: answer(async () =>
      new providerPb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),

    check: answer(async (request) => {
      const { inputs, problems } = await resourceOf(request.getUrn()).check({
        urn: request.getUrn(),
        oldInputs: request.hasOlds() ? unmarshalProperties(request.getOlds()) : undefined,
        newInputs: unmarshalProperties(request.getNews()),
      });
      const response = new providerPb.CheckResponse().setInputs(marshalProperties(inputs));
      return response.setFailuresList(problems.map((problem) => toCheckFailure(problem, inputs)));
    }),

    diff: answer(async (request) => {
      const diff = await resourceOf(request.getUrn()).diff({
        id: request.getId(),
        oldInputs: unmarshalProperties(request.getOldInputs()),
        oldOutputs: unmarshalProperties(request.getOlds()),
        newInputs: unmarshalProperties(request.getNews()),
      });
      return toDiffResponse(diff);
    }),

    create: answer(async (request) => {
      const resource = resourceOf(request.getUrn());
      const asked = {
        urn: request.getUrn(),
        inputs: unmarshalProperties(request.getProperties()),
        preview: request.getPreview(),
      };
      const made = await operations.run(asked.urn, request.getTimeout(), (operation) =>
        resource.create(asked, operation),
      );
      const response = new providerPb.CreateResponse().setProperties(marshalProperties(made.outputs));
      return asked.preview ? response : response.setId(made.id);
    }),

    read: answer(async (request) => {
      const resource = resourceOf(request.getUrn());
      const asked = {
        urn: request.getUrn(),
        id: request.getId(),
        oldInputs: unmarshalWhenFilled(request.getInputs()),
        oldOutputs: unmarshalWhenFilled(request.getProperties()),
      };
      const found = await operations.run(asked.urn, undefined, (operation) => resource.read(asked, operation));
      // No id tells the engine that the resource is gone.
      if (found === undefined) return new providerPb.ReadResponse();
      const response = new providerPb.ReadResponse().setId(found.id);
      return response.setInputs(marshalProperties(found.inputs)).setProperties(marshalProperties(found.outputs));
    }),

    update: answer(async (request) => {
      const resource = resourceOf(request.getUrn());
      const asked = {
        urn: request.getUrn(),
        id: request.getId(),
        oldInputs: unmarshalProperties(request.getOldInputs()),
        oldOutputs: unmarshalProperties(request.getOlds()),
        newInputs: unmarshalProperties(request.getNews()),
        preview: request.getPreview(),
      };
      const { outputs } = await operations.run(asked.urn, request.getTimeout(), (operation) =>
        resource.update(asked, operation),
      );
      return new providerPb.UpdateResponse().setProperties(marshalProperties(outputs));
    }),

    delete: answer(async (request) => {
      const resource = resourceOf(request.getUrn());
      const asked = {
        urn: request.getUrn(),
        id: request.getId(),
        oldInputs: unmarshalWhenFilled(request.getOldInputs()),
        oldOutputs: unmarshalProperties(request.getProperties()),
      };
      await operations.run(asked.urn, request.getTimeout(), (operation) => resource.delete(asked, operation));
      return new emptyPb.Empty();
    }),

    cancel: answer(async () => {
      operations.cancel("the deployment was cancelled");
      return new emptyPb.Empty();
    }),

    invoke: refuse("Invoke", "it has no functions"),
    call: refuse("Call", "its resources have no methods"),
    construct: refuse("Construct", "its components run in the program, from the isokube package for Node.js"),
    parameterize: refuse("Parameterize", "it takes no parameters"),
    list: (call) =>
      void call.emit("error", unimplemented("List", "its resources are found by id, a cluster's by its name")),
    getMapping: refuse("GetMapping", "no other tool's provider maps to it"),
    getMappings: refuse("GetMappings", "no other tool's provider maps to it"),
  } satisfies IResourceProviderServer;
  return methods;
}

/** One method: a promise's result is the answer, whatever it throws an error of the protocol. */
function answer<Request, Response>(serve: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return (call, callback: sendUnaryData<Response>) => {
    serve(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}

function refuse<Request, Response>(method: string, why: string): handleUnaryCall<Request, Response> {
  return (_call, callback) => callback(unimplemented(method, why));
}

/** On import the engine sends empty maps for what it does not know. */
function unmarshalWhenFilled(struct: Parameters<typeof unmarshalProperties>[0]): PropertyMap | undefined {
  const map = unmarshalProperties(struct);
  return Object.keys(map).length === 0 ? undefined : map;
}

function toCheckFailure(problem: Problem, inputs: PropertyMap): providerPb.CheckFailure {
  const failure = new providerPb.CheckFailure();
  // The engine prints the value of the property that is named here, even a secret one: the reason has the path anyway.
  if (!containsSecret(inputs[topLevel(problem.path)])) failure.setProperty(problem.path);
  return failure.setReason(formatProblem(problem));
}

/** `pools` of `pools[0].cpu`. */
function topLevel(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}

const changeKinds: Record<ChangeKind, { update: number; replace: number }> = {
  add: { update: providerPb.PropertyDiff.Kind.ADD, replace: providerPb.PropertyDiff.Kind.ADD_REPLACE },
  delete: { update: providerPb.PropertyDiff.Kind.DELETE, replace: providerPb.PropertyDiff.Kind.DELETE_REPLACE },
  update: { update: providerPb.PropertyDiff.Kind.UPDATE, replace: providerPb.PropertyDiff.Kind.UPDATE_REPLACE },
};

function toDiffResponse(diff: Diff): providerPb.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;
  const response = new providerPb.DiffResponse();
  response.setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(diff.deleteBeforeReplace);
  response.setStablesList([...diff.stables]);
  response.setDiffsList([...new Set(diff.changes.map(({ path }) => topLevel(path)))]);
  response.setReplacesList([...new Set(diff.changes.flatMap((c) => (c.replaces ? [topLevel(c.path)] : [])))]);
  for (const { path, kind, replaces, inputChanged } of diff.changes) {
    const change = new providerPb.PropertyDiff();
    change.setKind(changeKinds[kind][replaces ? "replace" : "update"]);
    change.setInputdiff(inputChanged);
    response.getDetaileddiffMap().set(path, change);
  }
  return response;
}
