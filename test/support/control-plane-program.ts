/**
 * The resource as a program of any language sees it: its token, its inputs and
 * outputs, nothing of this package. For programs that test the plugin alone.
 */
export const controlPlaneClass = `
class ControlPlane extends pulumi.CustomResource {
  constructor(name, args, options) {
    const outputs = ["dataDirectory", "endpoint", "kubeconfig", "version", "components", "nodes"];
    const none = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super("isokube:local:ControlPlane", name, { clusterName: undefined, ...none, ...args }, options);
  }
}
`;
