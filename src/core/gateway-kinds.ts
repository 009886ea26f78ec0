/** The standard kinds of the Gateway API, by their plural names. */
export const gatewayKindNames = [
  "backendtlspolicies",
  "gatewayclasses",
  "gateways",
  "grpcroutes",
  "httproutes",
  "referencegrants",
] as const;
