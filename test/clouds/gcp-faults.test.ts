import { describeFaults } from "./describe-faults.js";

describeFaults({
  cloud: "gcp",
  title: "gcp",
  config: {
    "isokube:compute": "pools",
    "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2, max: 6 } },
    "isokube:controlPlane": { secretsEncryption: true, auditLogs: true },
  },
  stages: ["Network", "Subnetwork", "RouterNat", "CryptoKey", "Cluster", "NodePool"],
});
