import { cniArchiveDigests, cniPluginsVersion } from "../src/core/cni-plugins.js";
import type { DownloadName } from "./names.js";
import type { Platform } from "./platform.js";

/**
 * SHA-256 of official release files: download → version → platform. Only
 * digests that at least two independent publications agree on stand here; a
 * file without one is built from source instead (docs/adr/0002-toolchain.md).
 */
export const pinnedDigests: Partial<Record<DownloadName, Record<string, Partial<Record<Platform, string>>>>> = {
  etcd: {
    "3.6.5": {
      "linux/amd64": "66bad39ed920f6fc15fd74adcb8bfd38ba9a6412f8c7852d09eb11670e88cac3",
      "linux/arm64": "7010161787077b07de29b15b76825ceacbbcedcb77fe2e6832f509be102cab6b",
    },
  },
  kubectl: {
    "1.35.3": {
      "linux/amd64": "fd31c7d7129260e608f6faf92d5984c3267ad0b5ead3bced2fe125686e286ad6",
      "linux/arm64": "6f0cd088a82dde5d5807122056069e2fac4ed447cc518efc055547ae46525f14",
      "darwin/amd64": "2f339b1eae2e1792ec08da281b37afbeee94f70bed6b7398e7efd81ba08f8d37",
      "darwin/arm64": "280651239d84bab214ba83403666bf6976a5fa0dbdb41404f26eb6f276d34963",
    },
    "1.36.3": {
      "linux/amd64": "ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336",
      "linux/arm64": "3d86f24401c41ae5a46ac50eef8865fe891d3647d324a0836f6c63757a126e62",
    },
  },
  "cni-plugins": {
    [cniPluginsVersion]: { "linux/amd64": cniArchiveDigests.amd64, "linux/arm64": cniArchiveDigests.arm64 },
  },
};
