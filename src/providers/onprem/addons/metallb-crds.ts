import type { KubernetesObject } from "../../contract.js";
import { labelsOf } from "./objects.js";

/** A schema as custom resource definitions have them. */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const flag = (byDefault: boolean): Schema => ({ type: "boolean", default: byDefault });
const wholeNumber: Schema = { type: "integer", format: "int64" };
const listOf = (items: Schema): Schema => ({ type: "array", items });
const block = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});

/** A block of which isokube writes nothing: MetalLB watches the kind, and may write what it likes. */
const anyBlock: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const selector = block({
  matchLabels: { type: "object", additionalProperties: text },
  matchExpressions: listOf(block({ key: text, operator: text, values: listOf(text) }, ["key", "operator"])),
});

/** Which addresses there are. */
const pool = {
  spec: block(
    {
      addresses: listOf(text),
      autoAssign: flag(true),
      avoidBuggyIPs: flag(false),
      serviceAllocation: block({
        priority: { type: "integer" },
        namespaces: listOf(text),
        namespaceSelectors: listOf(selector),
        serviceSelectors: listOf(selector),
      }),
    },
    ["addresses"],
  ),
  status: block({
    assignedIPv4: wholeNumber,
    assignedIPv6: wholeNumber,
    availableIPv4: wholeNumber,
    availableIPv6: wholeNumber,
  }),
};

/** Who answers for them in the hosts' network. */
const advertisement = {
  spec: block({
    ipAddressPools: listOf(text),
    ipAddressPoolSelectors: listOf(selector),
    nodeSelectors: listOf(selector),
    interfaces: listOf(text),
  }),
  status: anyBlock,
};

const anything = { spec: anyBlock, status: anyBlock };

/**
 * The kinds that MetalLB's controller and speakers watch: they do not start
 * before all of them are there, those for BGP included.
 */
export const metallbDefinitions: readonly KubernetesObject[] = [
  definition("IPAddressPool", "ipaddresspools", { v1beta1: pool }),
  definition("L2Advertisement", "l2advertisements", { v1beta1: advertisement }),
  definition("ServiceL2Status", "servicel2statuses", { v1beta1: anything }),
  definition("Community", "communities", { v1beta1: anything }),
  definition("BFDProfile", "bfdprofiles", { v1beta1: anything }),
  definition("BGPAdvertisement", "bgpadvertisements", { v1beta1: anything }),
  definition("BGPPeer", "bgppeers", { v1beta1: anything, v1beta2: anything }),
  definition("ServiceBGPStatus", "servicebgpstatuses", { v1beta1: anything }),
];

/** Of several versions the last is stored. */
function definition(
  kind: string,
  plural: string,
  versions: Readonly<Record<string, { readonly spec: Schema; readonly status: Schema }>>,
): KubernetesObject {
  const names = Object.keys(versions);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.metallb.io`, labels: labelsOf("metallb") },
    spec: {
      group: "metallb.io",
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: Object.entries(versions).map(([name, { spec, status }]) => ({
        name,
        served: true,
        storage: name === names.at(-1),
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: block({ apiVersion: text, kind: text, metadata: { type: "object" }, spec, status }),
        },
      })),
    },
  };
}
