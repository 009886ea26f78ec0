import type { DownloadName } from "./names.js";
import type { Platform } from "./platform.js";

/**
 * SHA-256 of official release files: download → version → platform. Only what
 * is published elsewhere and could be compared stands here; a file that is
 * missing is built from source instead (docs/adr/0002-toolchain.md).
 */
export const pinnedDigests: Partial<Record<DownloadName, Record<string, Partial<Record<Platform, string>>>>> = {
  etcd: {
    "3.6.5": { "linux/amd64": "66bad39ed920f6fc15fd74adcb8bfd38ba9a6412f8c7852d09eb11670e88cac3" },
  },
};
