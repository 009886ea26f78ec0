import type { Problem } from "../../core/problems.js";
import type { ClusterSpec } from "../contract.js";
import { checkAccess } from "./check/access.js";
import { checkAddresses } from "./check/addresses.js";
import { checkArtifacts } from "./check/artifacts.js";
import { checkEndpoint } from "./check/endpoint.js";
import { checkHosts } from "./check/hosts.js";
import { checkLogin } from "./check/login.js";
import { checkNodes } from "./check/nodes.js";
import { checkReplacement } from "./check/replacement.js";
import { checkHostSettings, checkStorage } from "./check/settings.js";
import { checkVersion } from "./check/version.js";

/** What hosts of one's own cannot be, or would be and not work. Looks at this machine's files, and at nothing else. */
export function checkOnprem(spec: ClusterSpec): readonly Problem[] {
  const { onprem } = spec;
  const anywhere = [...checkVersion(spec), ...checkAccess(spec), ...checkReplacement(spec)];
  // Asked whether it would be portable to bare metal, a cluster need not know the hosts yet.
  if (onprem === undefined) return anywhere;
  return [
    ...anywhere,
    ...checkHosts(spec),
    ...checkNodes(spec),
    ...checkEndpoint(spec, onprem),
    ...checkAddresses(spec, onprem),
    ...checkLogin(spec, onprem),
    ...checkArtifacts(onprem),
    ...checkStorage(onprem),
    ...checkHostSettings(onprem),
  ];
}
