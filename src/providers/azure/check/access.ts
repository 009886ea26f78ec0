import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import type { ClusterSpec } from "../../contract.js";
import { known } from "../../leaf.js";
import { parseKeyId } from "../encryption.js";
import { isObjectId } from "../roles.js";

/** Whether principals, key, group, region and tags are what Azure calls so. */
export function checkAccess(spec: ClusterSpec): Problem[] {
  return [
    ...checkAdmins(spec),
    ...checkKey(spec),
    ...checkGroup(known(spec.azure.resourceGroup)),
    ...checkLocation(known(spec.azure.location)),
    ...checkTags(spec),
  ];
}

function checkAdmins({ admins }: ClusterSpec): Problem[] {
  return admins.flatMap((admin, index) => {
    const text = known(admin);
    if (text === undefined || text.trim() === "" || isObjectId(text)) return [];
    return [
      {
        code: "azure/admin-not-object-id",
        path: `access.admins[${index}]`,
        value: text,
        why: "Azure RBAC knows principals by their object ids, and this is none",
        fix: "write the object id of a user, group or service principal, for example from `az ad group show --query id`",
      },
    ];
  });
}

function checkKey({ controlPlane }: ClusterSpec): Problem[] {
  const id = known(controlPlane.encryptionKey);
  if (id === undefined || parseKeyId(id) !== undefined) return [];
  const isUrl = /^https:\/\//i.test(id);
  return [
    {
      code: "azure/key-id",
      path: "controlPlane.encryptionKey",
      value: id,
      why: isUrl
        ? "this is the key's URL, on which no role can be granted to the cluster"
        : "this is not the resource id of a Key Vault key",
      fix: "write /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…/keys/…, without a version",
    },
  ];
}

function checkGroup(name: string | undefined): Problem[] {
  if (name === undefined || (/^[-\w.()]{1,90}$/.test(name) && !name.endsWith("."))) return [];
  return [
    {
      code: "azure/resource-group-name",
      path: "azure.resourceGroup",
      value: name,
      why: "this cannot be the name of a resource group",
      fix: "write its name alone, not its id: at most 90 letters, digits, '-', '_', '.', '(' and ')'",
    },
  ];
}

function checkLocation(location: string | undefined): Problem[] {
  if (location === undefined || /^[a-z]+\d?$/.test(location)) return [];
  return [
    {
      code: "azure/location-format",
      path: "azure.location",
      value: location,
      why: "regions are written in lower-case letters without spaces",
      fix: `write it as in \`az account list-locations\`, for example ${location.toLowerCase().replaceAll(/[^a-z0-9]/g, "") || "westeurope"}`,
    },
  ];
}

/** AKS puts tags on what it makes itself too, and storage takes no longer names. */
const longestTagName = 128;
const longestTagValue = 256;
const mostTags = 50;

function checkTags({ tags }: ClusterSpec): Problem[] {
  const entries = Object.entries(tags);
  const seen = new Map<string, string>();
  const each = entries.flatMap(([name, value]): Problem[] => {
    const path = joinPath("tags", name);
    const before = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (before !== undefined) {
      const why = `Azure does not tell upper from lower case in names of tags, and there is ${before} too`;
      return [{ code: "azure/tag-twice", path, why, fix: "remove one" }];
    }
    return [...checkTagName(path, name), ...checkTagValue(path, known(value))];
  });
  if (entries.length <= mostTags) return each;
  const why = `Azure takes at most ${mostTags} tags on a resource`;
  return [...each, { code: "azure/too-many-tags", path: "tags", value: entries.length, why, fix: "remove some" }];
}

function checkTagName(path: string, name: string): Problem[] {
  const code = "azure/tag-name";
  if (name === "" || name.length > longestTagName) {
    const why = `a tag's name has 1 to ${longestTagName} characters on Azure`;
    return [{ code, path, why, fix: "use another name" }];
  }
  if (/[<>%&\\?/]/.test(name)) {
    const why = "Azure takes none of <, >, %, &, \\, ? and / in a tag's name";
    return [{ code, path, why, fix: `rename it, for example to ${name.replaceAll(/[<>%&\\?/]/g, "-")}` }];
  }
  if (!/^(microsoft|azure|windows)/i.test(name)) return [];
  const why = "names that start with microsoft, azure or windows are Azure's own";
  return [{ code, path, why, fix: "use another name" }];
}

function checkTagValue(path: string, value: string | undefined): Problem[] {
  if (value === undefined || value.length <= longestTagValue) return [];
  const why = `a tag's value has at most ${longestTagValue} characters on Azure, and this has ${value.length}`;
  return [{ code: "azure/tag-value", path, why, fix: "shorten it" }];
}
