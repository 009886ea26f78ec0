import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

// A package is compiled once for two modules where both have it, and all that it imports, at one version.
const root = join(import.meta.dirname, "..", "..", "toolchain", "go");

/** Module → version, as a go.mod selects them: a complete one names all of them. */
function selectedBy(file: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, file), "utf8");
  const blocks = [...text.matchAll(/^require \(\n(.*?)^\)/gms)].map(([, block = ""]) => block);
  return new Map(
    blocks.flatMap((block) =>
      [...block.matchAll(/^\t(\S+) (v\S+)/gm)].map(([, name = "", version = ""]): [string, string] => [name, version]),
    ),
  );
}

function differences(one: string, other: string, of: (module: string) => boolean = () => true): string[] {
  const [left, right] = [selectedBy(one), selectedBy(other)];
  return [...left]
    .filter(([module]) => right.has(module) && of(module))
    .filter(([module, version]) => right.get(module) !== version)
    .map(([module, version]) => `${module}: ${version} in ${one}, ${right.get(module)} in ${other}`);
}

/** What the packages of Kubernetes' client libraries import. */
const belowClientGo = new Set([
  "github.com/davecgh/go-spew",
  "github.com/emicklei/go-restful/v3",
  "github.com/fxamacker/cbor/v2",
  "github.com/go-logr/logr",
  "github.com/go-openapi/jsonpointer",
  "github.com/go-openapi/jsonreference",
  "github.com/go-openapi/swag",
  "github.com/google/gnostic-models",
  "github.com/google/uuid",
  "github.com/josharian/intern",
  "github.com/json-iterator/go",
  "github.com/mailru/easyjson",
  "github.com/modern-go/concurrent",
  "github.com/modern-go/reflect2",
  "github.com/munnerz/goautoneg",
  "github.com/pmezard/go-difflib",
  "github.com/prometheus/client_golang",
  "github.com/prometheus/procfs",
  "github.com/spf13/pflag",
  "github.com/x448/float16",
  "go.yaml.in/yaml/v2",
  "go.yaml.in/yaml/v3",
  "golang.org/x/net",
  "golang.org/x/oauth2",
  "golang.org/x/sys",
  "golang.org/x/term",
  "golang.org/x/text",
  "golang.org/x/time",
  "google.golang.org/protobuf",
  "gopkg.in/evanphx/json-patch.v4",
  "gopkg.in/inf.v0",
  "gopkg.in/yaml.v3",
  "k8s.io/api",
  "k8s.io/apimachinery",
  "k8s.io/client-go",
  "k8s.io/klog/v2",
  "k8s.io/kube-openapi",
  "k8s.io/utils",
  "sigs.k8s.io/json",
  "sigs.k8s.io/randfill",
  "sigs.k8s.io/structured-merge-diff/v4",
  "sigs.k8s.io/structured-merge-diff/v6",
  "sigs.k8s.io/yaml",
]);
const clientLibraries = (module: string): boolean => belowClientGo.has(module);

describe("packages are compiled once for", () => {
  test.each([
    ["kubernetes/go.mod", "kubernetes/node.mod"],
    ["kubernetes/go.mod", "client-go/go.mod"],
    ["kubernetes/1.36.mod", "kubernetes/1.36-node.mod"],
  ])("all that %s and %s have", (one, other) => {
    expect(selectedBy(one).size).toBeGreaterThan(100);
    expect(differences(one, other)).toEqual([]);
  });

  test.each([
    ["addons/go.mod", "kubernetes/go.mod"],
    ["local-path-provisioner/go.mod", "kubernetes/go.mod"],
  ])("Kubernetes' client libraries, of %s and %s", (one, other) => {
    const selected = selectedBy(one);
    for (const module of ["k8s.io/client-go", "k8s.io/apimachinery", "golang.org/x/net"]) {
      expect(selected.has(module), `${module} in ${one}`).toBe(true);
    }
    expect(differences(one, other, clientLibraries)).toEqual([]);
  });

  test("no module that another version of it replaces: Go tells the two apart by the version that was replaced", () => {
    // Whoever uses Kubernetes itself replaces every module of its repository: the same ones in each of them.
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".mod") && !selectedBy(file).has("k8s.io/kubernetes"),
    );
    expect(files.length).toBeGreaterThan(6);
    const lowered = files.flatMap((file) => {
      const selected = selectedBy(file);
      const text = readFileSync(join(root, file), "utf8");
      return [...text.matchAll(/^(?:replace|\t) ?(\S+) => (\S+) (v\S+)/gm)]
        .filter(([, module, by, version]) => module === by && selected.get(module ?? "") !== version)
        .map(([, module]) => `${file}: ${module}`);
    });
    expect(lowered).toEqual([]);
  });
});
