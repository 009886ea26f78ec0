/**
 * Who may import whom (ARCHITECTURE.md, "Borders"). Each rule's comment is the
 * reason a reader gets when the rule stops a change.
 */
const room = (path) => ({ path });

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      comment: "A cycle hides which piece owns what.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      comment: "A module nobody imports is dead.",
      from: { orphan: true, path: "^(src|toolchain)/", pathNot: "\\.d\\.ts$" },
      to: {},
    },
    {
      name: "core-is-pure",
      severity: "error",
      comment: "src/core is shared by everything, so it depends on nothing: no Pulumi, no other room.",
      from: room("^src/core/"),
      to: { pathNot: "^src/core/|^node:|^(crypto|path|util|net)$" },
    },
    {
      name: "components-know-only-the-contract",
      severity: "error",
      comment:
        "Components reach targets through contract, capabilities, registry and report; nothing else branches on the target.",
      from: room("^src/components/"),
      to: {
        path: "^src/",
        pathNot: "^src/(components|core)/|^src/providers/(contract|capabilities|registry|report)\\.ts$",
      },
    },
    {
      name: "adapters-are-strangers",
      severity: "error",
      comment: "An adapter uses the contract and its own folder, never a sibling.",
      from: { path: "^src/providers/([^/]+)/" },
      to: { path: "^src/", pathNot: "^src/providers/$1/|^src/core/|^src/providers/[^/]+\\.ts$" },
    },
    {
      name: "contract-knows-no-adapter",
      severity: "error",
      comment: "Only the registry knows the adapters.",
      from: { path: "^src/providers/[^/]+\\.ts$", pathNot: "^src/providers/registry\\.ts$" },
      to: { path: "^src/providers/[^/]+/" },
    },
    {
      name: "engines-only-through-the-plugin",
      severity: "error",
      comment: "The local and on-premise engines outlive `pulumi up`, so only the plugin drives them.",
      from: { path: "^src/", pathNot: "^src/(plugin|local|onprem|cli/bundle)/" },
      to: { path: "^src/(local|onprem)/" },
    },
    {
      name: "the-bundle-command-writes-what-the-engine-reads",
      severity: "error",
      comment: "Both share the bundle's format and its reader, nothing else of the engine.",
      from: room("^src/cli/bundle/"),
      to: { path: "^src/(local|onprem)/", pathNot: "^src/onprem/artifacts/(bundle|read-bundle)\\.ts$" },
    },
    {
      name: "engines-know-no-pulumi",
      severity: "error",
      comment: "The engines can be tested and reused without Pulumi.",
      from: room("^src/(local|onprem)/"),
      to: { path: "@pulumi/|^src/(?!(local|onprem|core)/)|^toolchain/" },
    },
    {
      name: "plugin-stays-light",
      severity: "error",
      comment: "The engine starts the plugin on every command: it may load Pulumi's protocol, not its runtime.",
      from: room("^src/plugin/"),
      to: { path: "@pulumi/", pathNot: "@pulumi/pulumi/proto/" },
    },
    {
      name: "commands-stay-light",
      severity: "error",
      comment:
        "The command line works before Pulumi's SDK is there: `parity` alone loads it and the adapters, when it runs.",
      from: { path: "^src/cli/", pathNot: "^src/cli/parity/(run|source|render)\\.ts$" },
      to: { path: "@pulumi/|^src/(components|providers)/|^src/cli/parity/(run|source|render)", dynamic: false },
    },
    {
      name: "parity-compares-specs",
      severity: "error",
      comment: "The comparison is the components' own; the command reads a spec and prints, and knows no adapter.",
      from: room("^src/cli/parity/"),
      to: {
        path: "^src/(components|providers)/",
        pathNot: "^src/components/(parity|config-keys)\\.ts$|^src/providers/contract\\.ts$",
      },
    },
    {
      name: "toolchain-knows-no-pulumi-program",
      severity: "error",
      comment: "The toolchain gets parts; it is used before any Pulumi program can run.",
      from: room("^toolchain/"),
      to: { path: "@pulumi/|^src/(?!core/)" },
    },
    {
      name: "stacks-use-the-public-api",
      severity: "error",
      comment: "The stacks are what a user would write.",
      from: room("^stacks/"),
      to: { path: "^(src|toolchain)/", pathNot: "^src/index\\.ts$" },
    },
    {
      name: "no-tests-in-the-product",
      severity: "error",
      comment: "Product code never reaches into the tests.",
      from: room("^(src|toolchain|stacks)/"),
      to: { path: "^(test|bench)/" },
    },
    {
      name: "declared-dependencies-only",
      severity: "error",
      comment: "An undeclared package works only by luck of hoisting.",
      from: room("^(src|toolchain)/"),
      // An optional peer is both declared and, to the tool, in no package.
      to: {
        dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"],
        dependencyTypesNot: ["npm-peer"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
