import type * as aws from "@pulumi/aws";
import { loadSdk } from "../load-sdk.js";

/** The SDK's values; its types come without loading it. */
export type Aws = typeof aws;

/** @throws SdkMissingError naming the install command, when it is not installed. */
export const loadAws = (): Aws => loadSdk<Aws>("@pulumi/aws", "^7.0.0");
