/** As in package.json; a test holds them together. Written here because bundles have no package.json beside them. */
const version = "0.1.0";

/** The version of this package; the plugin has the same. */
export function packageVersion(): string {
  return version;
}
