/** Of https://github.com/containernetworking/plugins; one release serves every Kubernetes minor that is offered. */
export const cniPluginsVersion = "1.9.1";

/** The plugins that kube-router's configuration of container networks chains, and the one for `lo`. */
export const cniPluginNames = ["bridge", "host-local", "loopback", "portmap"] as const;

/** SHA-256 of the release's archive for Linux, by architecture; two independent publications agree on each. */
export const cniArchiveDigests = {
  amd64: "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
  arm64: "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
} as const;
