import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { parseAdmin } from "../admins.js";

/** Whether administrators can be bound, and whether a key is asked for that no host has. */
export function checkAccess({ admins, controlPlane }: ClusterSpec): Problem[] {
  const reserved = admins.flatMap((admin, index): Problem[] => {
    const text = known(admin);
    if (text === undefined || text.trim() === "") return [];
    const at = { path: `access.admins[${index}]`, value: text };
    const { kind, name } = parseAdmin(text);
    if (name === "") {
      return [{ code: "onprem/admin-name", ...at, why: "there is no name after the colon", fix: `write ${kind}:NAME` }];
    }
    if (!name.startsWith("system:")) return [];
    const why = "names that start with system: are Kubernetes' own";
    return [{ code: "onprem/admin-reserved", ...at, why, fix: "write the user or group as its certificate names it" }];
  });
  if (controlPlane.encryptionKey === undefined) return reserved;
  return [
    ...reserved,
    {
      code: "onprem/encryption-key",
      path: "controlPlane.encryptionKey",
      value: known(controlPlane.encryptionKey),
      why: "Secrets are encrypted with a key that the control planes make and keep for themselves",
      fix: "leave encryptionKey out, and set controlPlane.secretsEncryption: true",
    },
  ];
}
