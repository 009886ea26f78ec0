import type { Problem } from "../../../core/problems.js";
import { joinPath } from "../../../core/shape.js";
import type { ClusterSpec } from "../../contract.js";
import { modeOf } from "../modes.js";

/** Whether the options of Azure fit the way nodes come to be. */
export function checkComputeMode(spec: ClusterSpec): Problem[] {
  return [...checkServerless(spec), ...checkVmSizes(spec), ...checkAutomatic(spec)];
}

function checkServerless({ compute, azure }: ClusterSpec): Problem[] {
  if (compute === "serverless" || azure.serverless === undefined) return [];
  return [
    {
      code: "azure/serverless-with-pools",
      path: "azure.serverless",
      value: azure.serverless,
      why: "this says who makes nodes under serverless compute, and compute is pools",
      fix: 'leave it out, or set compute: "serverless"',
    },
  ];
}

function checkVmSizes({ azure }: ClusterSpec): Problem[] {
  return Object.entries(azure.vmSizes ?? {}).flatMap(([name, size]): Problem[] => {
    if (/^Standard_[A-Z]+\d+[A-Za-z0-9-]*(_[A-Za-z0-9]+)*$/.test(size)) return [];
    return [
      {
        code: "azure/size-format",
        path: joinPath("azure.vmSizes", name),
        value: size,
        why: "this is not the name of a virtual machine size",
        fix: "write it as Azure does, for example Standard_D4s_v6",
      },
    ];
  });
}

function checkAutomatic(spec: ClusterSpec): Problem[] {
  if (modeOf(spec) !== "automatic") return [];
  const { network } = spec;
  const problems: Problem[] = [];
  if (network.zones !== 3) {
    problems.push({
      code: "azure/automatic-zones",
      path: "network.zones",
      value: network.zones,
      why: "AKS Automatic runs over all three zones of a region",
      fix: 'leave it out, or set azure.serverless: "nodeAutoProvisioning"',
    });
  }
  if (network.existing !== undefined && network.existing.subnets.length === 1) {
    problems.push({
      code: "azure/no-api-server-subnet",
      path: "network.existing.subnets",
      why: "AKS Automatic puts the API server into the network, into a subnet of its own",
      fix: "add a second subnet of at least 16 addresses that is delegated to Microsoft.ContainerService/managedClusters",
    });
  }
  return problems;
}
