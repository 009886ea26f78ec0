import { blocks, text } from "../blocks.js";
import type { Refusal, ResourceRules } from "../model.js";
import { boundsRefusals, eachBlock, oneOfRefusals, patternRefusals, refuseIf } from "../refusals.js";
import { autoNamed, azure, groupId, groupToken, idIn, lockToken } from "./common.js";
import { clusterToken } from "./tokens.js";

const resourceGroup: ResourceRules = azure(
  {
    replaceOn: ["resourceGroupName", "managedBy"],
    autoName: autoNamed("resourceGroupName", 90),
    check: ({ inputs }) => patternRefusals(inputs, "resourceGroupName", /^[-\w.()]{0,89}[-\w()]$/, "InvalidParameter"),
    create: ({ inputs, settings }) => {
      const name = text(inputs, "resourceGroupName") ?? "";
      return {
        id: groupId(settings, name),
        outputs: { name, type: "Microsoft.Resources/resourceGroups", properties: { provisioningState: "Succeeded" } },
      };
    },
    // Azure would delete all that is in it; nothing that a program made may be left by then.
    inUse: ({ id }, users) =>
      `ResourceGroupNotEmpty: ${id} still contains ${users.map((each) => each.id.split("/providers/")[1]).join(", ")}`,
  },
  { located: true },
);
// A group is in no group.
const group: ResourceRules = {
  ...resourceGroup,
  replaceOn: ["location", "resourceGroupName", "managedBy"],
  refuse: () => [],
  uses: () => [],
};

const lock: ResourceRules = azure({
  replaceOn: ["scope", "lockName"],
  autoName: autoNamed("lockName", 90),
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "lockName", /^[-\w.()]{1,90}$/, "InvalidLockName"),
    ...oneOfRefusals(inputs, "level", ["CanNotDelete", "ReadOnly", "NotSpecified"], "InvalidLockLevel"),
    ...refuseIf((text(inputs, "notes") ?? "").length > 512, "InvalidLockNotes: at most 512 characters", "notes"),
  ],
  create: ({ inputs }) => {
    const name = text(inputs, "lockName") ?? "";
    return {
      id: `${text(inputs, "scope")}/providers/Microsoft.Authorization/locks/${name}`,
      outputs: { name, type: "Microsoft.Authorization/locks" },
    };
  },
  uses: (inputs) => [text(inputs, "scope") ?? ""],
});

const workspace: ResourceRules = azure(
  {
    replaceOn: ["workspaceName"],
    autoName: autoNamed("workspaceName", 63),
    check: ({ inputs }) => [
      ...patternRefusals(inputs, "workspaceName", /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/, "InvalidResourceName"),
      ...boundsRefusals(
        inputs,
        "retentionInDays",
        text(inputs, "sku.name") === "Free" ? 7 : 30,
        730,
        "InvalidParameter",
      ),
    ],
    create: (asked) => {
      const name = text(asked.inputs, "workspaceName") ?? "";
      return {
        id: idIn(asked, `Microsoft.OperationalInsights/workspaces/${name}`),
        outputs: {
          name,
          type: "Microsoft.OperationalInsights/workspaces",
          createdDate: asked.world.now,
          modifiedDate: asked.world.now,
          customerId: `00000000-0000-4000-8000-${asked.world.hex(12)}`,
        },
      };
    },
    inUse: ({ id }) => `Conflict: ${id} receives the logs of a diagnostic setting`,
  },
  { located: true },
);

/** Logs that AKS writes. */
const clusterLogs: readonly string[] = [
  "kube-apiserver",
  "kube-audit",
  "kube-audit-admin",
  "kube-controller-manager",
  "kube-scheduler",
  "cluster-autoscaler",
  "cloud-controller-manager",
  "guard",
  "csi-azuredisk-controller",
  "csi-azurefile-controller",
  "csi-snapshot-controller",
  "fleet-member-agent",
];
const destinations = ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"];

const diagnosticSetting: ResourceRules = azure({
  replaceOn: ["resourceUri", "name"],
  autoName: autoNamed("name", 260),
  check: ({ inputs }) => [
    ...patternRefusals(inputs, "name", /^[^<>*%&:\\?+/]{1,260}$/, "InvalidName"),
    ...refuseIf(
      destinations.every((each) => (inputs[each] ?? undefined) === undefined),
      "BadRequest: at least one of workspace, storage account, event hub or partner must be specified",
    ),
    ...refuseIf(
      blocks(inputs, "logs").length === 0 && blocks(inputs, "metrics").length === 0,
      "BadRequest: at least one log or metric must be specified",
    ),
    ...eachBlock(inputs, "logs", (log, path): Refusal[] => {
      const [category, categoryGroup] = [text(log, "category"), text(log, "categoryGroup")];
      const unknown = category !== undefined && !clusterLogs.includes(category);
      return [
        ...refuseIf(unknown, `BadRequest: Category '${category}' is not supported.`, `${path}.category`),
        ...refuseIf(
          category !== undefined && categoryGroup !== undefined,
          "BadRequest: category and categoryGroup cannot be given together",
          path,
        ),
      ];
    }),
  ],
  refuse: ({ inputs, world, old }) => {
    const [resource, target] = [text(inputs, "resourceUri") ?? "", text(inputs, "workspaceId")];
    const same = world
      .all(diagnosticToken)
      .find(
        (each) =>
          each.id !== old?.id &&
          text(each.inputs, "resourceUri") === resource &&
          text(each.inputs, "workspaceId") === target,
      );
    return [
      ...refuseIf(
        world.find(resource, clusterToken) === undefined,
        `ResourceNotFound: The Resource '${resource}' was not found.`,
        "resourceUri",
      ),
      ...refuseIf(
        target !== undefined && world.find(target, workspaceToken) === undefined,
        `ResourceNotFound: workspace ${target} was not found`,
        "workspaceId",
      ),
      ...refuseIf(
        same !== undefined,
        `Conflict: Data sink '${target}' is already used in diagnostic setting '${same?.id}'`,
        "workspaceId",
      ),
    ];
  },
  create: ({ inputs }) => {
    const name = text(inputs, "name") ?? "";
    return {
      id: `${text(inputs, "resourceUri")}/providers/microsoft.insights/diagnosticSettings/${name}`,
      outputs: { name, type: "Microsoft.Insights/diagnosticSettings" },
    };
  },
  uses: (inputs) => [text(inputs, "resourceUri") ?? "", text(inputs, "workspaceId") ?? ""],
});

const workspaceToken = "azure-native:operationalinsights:Workspace";
const diagnosticToken = "azure-native:monitor:DiagnosticSetting";

export const resourceRules: Readonly<Record<string, ResourceRules>> = {
  [groupToken]: group,
  [lockToken]: lock,
  [workspaceToken]: workspace,
  [diagnosticToken]: diagnosticSetting,
};
