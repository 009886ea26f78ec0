import { stringify } from "yaml";
import { sha256Hex } from "../host/managed-file.js";

/** The same for the same settings, in whatever order they were written. */
export function settingsDigest(settings: unknown): string {
  return sha256Hex(stringify(settings, { sortMapEntries: true }));
}
