// Biome formats and runs the fast rules; ESLint only runs the few rules that
// need types, each of which has caught a real class of bug in Pulumi programs.
import tseslint from "typescript-eslint";

export default [
  { ignores: ["dist/**", "node_modules/**", "toolchain/go/**", "bench/.out/**", "**/*.mjs", "**/*.snap"] },
  {
    files: ["src/**/*.ts", "toolchain/**/*.ts", "stacks/**/*.ts", "test/**/*.ts", "bench/**/*.ts"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "@typescript-eslint": tseslint.plugin },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-base-to-string": "error",
      "@typescript-eslint/await-thenable": "error",
    },
  },
];
