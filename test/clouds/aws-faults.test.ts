import { describeFaults } from "./describe-faults.js";

describeFaults({
  cloud: "aws",
  title: "aws",
  config: {
    "isokube:compute": "pools",
    "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2, max: 6 } },
    "isokube:controlPlane": { secretsEncryption: true },
  },
  stages: ["Vpc", "NatGateway", "Cluster", "NodeGroup", "Addon"],
});
