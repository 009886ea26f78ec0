import { describeFaults } from "./describe-faults.js";

describeFaults({
  cloud: "azure",
  title: "azure",
  config: {
    "isokube:compute": "pools",
    "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2, max: 6 } },
    "isokube:controlPlane": { secretsEncryption: true, auditLogs: true },
  },
  stages: ["ResourceGroup", "Subnet", "Vault", "ManagedCluster", "Deployment", "AgentPool"],
});
