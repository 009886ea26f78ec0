import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { PackageSchema, PropertyShape, PropertyShapes, ResourceShape, TypeShape } from "./shape.js";

/**
 * Reads from an SDK's type declarations what resources take: syntax only, for
 * checking the types of a cloud's whole SDK would take minutes.
 *
 * @param directory folder of the npm package
 * @throws when the SDK has no such resource
 */
export function readPackage(directory: string, tokens: readonly string[]): PackageSchema {
  const { version }: { version: string } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const reader = new DeclarationReader(directory);
  const resources = Object.fromEntries(tokens.map((token) => [token, reader.resource(token)]));
  return { package: tokens[0]?.split(":")[0] ?? "", version, resources, blocks: Object.fromEntries(reader.blocks) };
}

/** `eks/cluster.d.ts` of `aws:eks/cluster:Cluster`, `network/virtualNetwork.d.ts` of `azure-native:network:VirtualNetwork`. */
export function declarationFile(directory: string, token: string): { file: string; className: string } {
  const [, module = "", className = ""] = token.split(":");
  const camel = `${className.charAt(0).toLowerCase()}${className.slice(1)}`;
  const path = (module.includes("/") ? module : `${module}/${camel}`).replace(/^index\//, "");
  const file = join(directory, `${path}.d.ts`);
  if (existsSync(file)) return { file, className };
  const wanted = `${path.split("/").at(-1)}.d.ts`.toLowerCase();
  const folder = dirname(file);
  const alike = existsSync(folder) ? readdirSync(folder).find((name) => name.toLowerCase() === wanted) : undefined;
  if (alike === undefined) throw new Error(`the SDK in ${directory} has no resource ${token}: there is no ${file}`);
  return { file: join(folder, alike), className };
}

const primitives: Partial<Record<ts.SyntaxKind, TypeShape>> = {
  [ts.SyntaxKind.StringKeyword]: { kind: "text" },
  [ts.SyntaxKind.NumberKeyword]: { kind: "number" },
  [ts.SyntaxKind.BooleanKeyword]: { kind: "boolean" },
};
const anything: TypeShape = { kind: "any" };

class DeclarationReader {
  /** Every block met so far, by `namespace.Name`. */
  readonly blocks = new Map<string, PropertyShapes>();
  #inputs: ReadonlyMap<string, ts.InterfaceDeclaration> | undefined;
  readonly #enums = new Map<string, ReadonlyMap<string, readonly (string | number)[]>>();

  constructor(readonly directory: string) {}

  resource(token: string): ResourceShape {
    const { file, className } = declarationFile(this.directory, token);
    const source = parse(file);
    const args = source.statements.find(
      (statement): statement is ts.InterfaceDeclaration =>
        ts.isInterfaceDeclaration(statement) && statement.name.text === `${className}Args`,
    );
    const resource = source.statements.find(
      (statement): statement is ts.ClassDeclaration =>
        ts.isClassDeclaration(statement) && statement.name?.text === className,
    );
    if (args === undefined || resource === undefined) throw new Error(`${file} does not declare ${className}`);
    const outputs = resource.members.filter(ts.isPropertyDeclaration).flatMap(({ name }) => nameOf(name) ?? []);
    return { inputs: this.#properties(args), outputs };
  }

  #properties(declaration: ts.InterfaceDeclaration): PropertyShapes {
    const shapes: Record<string, PropertyShape> = {};
    for (const member of declaration.members) {
      const name = ts.isPropertySignature(member) ? nameOf(member.name) : undefined;
      if (name === undefined || !ts.isPropertySignature(member) || member.type === undefined) continue;
      shapes[name] = { type: this.#shape(member.type), required: member.questionToken === undefined };
    }
    return shapes;
  }

  #shape(node: ts.TypeNode): TypeShape {
    const primitive = primitives[node.kind];
    if (primitive !== undefined) return primitive;
    if (ts.isParenthesizedTypeNode(node)) return this.#shape(node.type);
    if (ts.isArrayTypeNode(node)) return { kind: "list", of: this.#shape(node.elementType) };
    if (ts.isUnionTypeNode(node)) return this.#union(node);
    if (ts.isTypeLiteralNode(node)) {
      const index = node.members.find(ts.isIndexSignatureDeclaration);
      return index === undefined ? anything : { kind: "map", of: this.#shape(index.type) };
    }
    if (ts.isTypeReferenceNode(node)) return this.#reference(node);
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) {
      return { kind: "enum", values: [node.literal.text], open: false };
    }
    return anything;
  }

  #union(node: ts.UnionTypeNode): TypeShape {
    const shapes = node.types
      .filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword)
      .map((each) => this.#shape(each));
    const [first, second] = shapes;
    if (first === undefined) return anything;
    if (shapes.length === 1) return first;
    const known = shapes.find((shape) => shape.kind === "enum");
    if (shapes.length === 2 && known !== undefined && (first.kind === "text" || second?.kind === "text")) {
      return { ...known, open: true };
    }
    return shapes.some(({ kind }) => kind === "any") ? anything : { kind: "union", of: shapes };
  }

  #reference(node: ts.TypeReferenceNode): TypeShape {
    const path = node.typeName.getText().split(".");
    const [first] = path;
    const argument = node.typeArguments?.[0];
    if (path.join(".") === "pulumi.Input" && argument !== undefined) return this.#shape(argument);
    if (first === "inputs") return this.#block(path.slice(1).join("."));
    if (first === "enums") return this.#enumeration(path.slice(1));
    // An ARN is a text; another resource, an asset or an archive is nothing to look into.
    return path.join(".") === "ARN" ? { kind: "text" } : anything;
  }

  #block(name: string): TypeShape {
    if (!this.blocks.has(name)) {
      this.#inputs ??= interfacesOf(parse(join(this.directory, "types", "input.d.ts")));
      const declaration = this.#inputs.get(name);
      if (declaration === undefined) return anything;
      // A block may hold itself: it is known by name before it is read.
      this.blocks.set(name, {});
      this.blocks.set(name, this.#properties(declaration));
    }
    return { kind: "block", name };
  }

  #enumeration(path: readonly string[]): TypeShape {
    const folder = path.slice(0, -1).join("/");
    const name = path.at(-1) ?? "";
    let values = this.#enums.get(folder);
    if (values === undefined) {
      values = enumerationsOf(parse(join(this.directory, "types", "enums", folder, "index.d.ts")));
      this.#enums.set(folder, values);
    }
    const known = values.get(name);
    return known === undefined ? anything : { kind: "enum", values: known, open: false };
  }
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

function nameOf(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}

/** Interfaces by `namespace.Name`. */
function interfacesOf(source: ts.SourceFile): ReadonlyMap<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (statements: readonly ts.Statement[], prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(prefix + statement.name.text, statement);
      else if (ts.isModuleDeclaration(statement) && statement.body !== undefined && ts.isModuleBlock(statement.body)) {
        visit(statement.body.statements, `${prefix}${statement.name.text}.`);
      }
    }
  };
  visit([...source.statements], "");
  return found;
}

/** `export declare const Name: { readonly Key: "value"; }` by name. */
function enumerationsOf(source: ts.SourceFile): ReadonlyMap<string, readonly (string | number)[]> {
  const found = new Map<string, readonly (string | number)[]>();
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name, type } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name) || type === undefined || !ts.isTypeLiteralNode(type)) continue;
      const values = type.members.filter(ts.isPropertySignature).flatMap((member) => literalOf(member.type) ?? []);
      found.set(name.text, values);
    }
  }
  return found;
}

function literalOf(type: ts.TypeNode | undefined): string | number | undefined {
  if (type === undefined || !ts.isLiteralTypeNode(type)) return undefined;
  if (ts.isStringLiteral(type.literal)) return type.literal.text;
  return ts.isNumericLiteral(type.literal) ? Number(type.literal.text) : undefined;
}
