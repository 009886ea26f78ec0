import type * as authorization from "@pulumi/azure-native/authorization/index.js";
import type * as containerservice from "@pulumi/azure-native/containerservice/index.js";
import type * as keyvault from "@pulumi/azure-native/keyvault/index.js";
import type * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
import type * as monitor from "@pulumi/azure-native/monitor/index.js";
import type * as network from "@pulumi/azure-native/network/index.js";
import type * as operationalinsights from "@pulumi/azure-native/operationalinsights/index.js";
import type * as resources from "@pulumi/azure-native/resources/index.js";
import { loadSdk } from "../load-sdk.js";

/**
 * A module of the SDK. The SDK's index loads all of its two hundred modules,
 * which takes half a second; the few that a cluster needs take a tenth of that.
 */
const load = <Module>(name: string): Module => loadSdk<Module>(`@pulumi/azure-native/${name}/index.js`, "^3.0.0");

/**
 * The SDK's modules, each loaded when it is first used.
 *
 * @throws SdkMissingError naming the install command, when it is not installed.
 */
export const sdk = {
  authorization: () => load<typeof authorization>("authorization"),
  containerservice: () => load<typeof containerservice>("containerservice"),
  keyvault: () => load<typeof keyvault>("keyvault"),
  managedidentity: () => load<typeof managedidentity>("managedidentity"),
  monitor: () => load<typeof monitor>("monitor"),
  network: () => load<typeof network>("network"),
  operationalinsights: () => load<typeof operationalinsights>("operationalinsights"),
  resources: () => load<typeof resources>("resources"),
};

/**
 * The version of the AKS API that everything here is written for. The SDK's
 * release decides it; a test compares the two, so that a silent move fails.
 */
export const aksApiVersion = "2025-09-01";
