// How the tests' bundles are made: by the tests that need one, and ahead of them by `npm test -- --all`.
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "../../..");
const addOns = ["metrics-server", "kubelet-csr-approver", "metallb", "local-path-provisioner", "traefik", "agnhost"];

/** Where the bundle of this minor is, with every add-on and the tests' own server. */
export const bundleFolder = (cache, minor) => join(cache, "bundles", `test-${minor}`);

/** What node is called with to make it, or to mend it when it is not whole. */
export const bundleArguments = (cache, minor) => [
  join(repository, "bin", "isokube.mjs"),
  "bundle",
  ...["--kubernetes-version", minor],
  ...["--output", bundleFolder(cache, minor)],
  ...["--add-ons", addOns.join(",")],
];
