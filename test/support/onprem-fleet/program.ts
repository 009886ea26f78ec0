import { bundleWith } from "../fake-cloud/bundle.js";

const source = `
import { Cluster, clusterArgsFromConfig } from "isokube";
const shop = new Cluster("shop", clusterArgsFromConfig());
export const endpoint = shop.endpoint;
`;

/**
 * A program with a cluster on hosts and nothing inside of it: played hosts have no API server. What goes into a
 * cluster is a fixed number of objects, whatever the number of hosts.
 */
export function emptyClusterProgram(): Promise<string> {
  return bundleWith(source, {
    name: "nothing-inside",
    setup({ onResolve, onLoad }) {
      const namespace = "nothing-inside";
      onResolve({ filter: /\/(addons|local-path)\.js$/ }, ({ path, importer }) =>
        /src[/\\]providers[/\\]onprem[/\\]index\.ts$/.test(importer) ? { path, namespace } : undefined,
      );
      onLoad({ filter: /.*/, namespace }, () => ({
        contents:
          "const none = () => undefined; export { none as manifestsOf, none as chartsOf, none as localStorageClasses };",
        loader: "js",
      }));
    },
  });
}
