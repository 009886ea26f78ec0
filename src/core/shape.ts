import { closestName } from "./names.js";
import { argumentsPath, type ProblemList } from "./validation.js";

/**
 * Reads a value somebody else wrote (a program without types, YAML, another
 * language) into the type the rest of the code relies on, reporting whatever
 * does not fit under its property path.
 *
 * Reading never stops: a value that does not fit is reported and replaced by a
 * placeholder, so that the checks behind can go on and report the rest.
 */
export interface Shape<T> {
  read(value: unknown, path: string, problems: ProblemList): T;
  /** Stands in for a value that was refused. */
  readonly placeholder: T;
}

/** A property of a block: how it is read, and whether it may be left out. */
interface Property<T> {
  readonly shape: Shape<T>;
  readonly optional: boolean;
}

type Properties<T> = { readonly [K in keyof T]-?: Property<Exclude<T[K], undefined>> };

/** `containers.web`, or `env["my.var"]` where the key could be misread. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "then" in value || "apply" in value ? "a value known only later" : "a block";
  if (value === undefined) return "missing";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

function refuse<T>(
  shape: { placeholder: T },
  value: unknown,
  path: string,
  problems: ProblemList,
  expected: string,
): T {
  const later = describe(value) === "a value known only later";
  problems.add({
    code: later ? "shape/not-plain" : "shape/wrong-type",
    path: path === "" ? argumentsPath : path,
    ...(typeof value === "object" || typeof value === "function" ? {} : { value }),
    why: later
      ? "this decides which objects exist, so it cannot be an Output or a Promise"
      : `is ${describe(value)}, not ${expected}`,
    fix: later ? `pass ${expected} that is known when the program runs` : `write ${expected}`,
  });
  return shape.placeholder;
}

export const text: Shape<string> = {
  placeholder: "",
  read(value, path, problems) {
    return typeof value === "string" ? value : refuse(this, value, path, problems, "a text");
  },
};

export const flag: Shape<boolean> = {
  placeholder: false,
  read(value, path, problems) {
    return typeof value === "boolean" ? value : refuse(this, value, path, problems, "true or false");
  },
};

/** A whole number within bounds, both inclusive. */
export function integer(min: number, max = 2_147_483_647): Shape<number> {
  return {
    placeholder: min,
    read(value, path, problems) {
      if (typeof value !== "number") return refuse(this, value, path, problems, "a whole number");
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      const range =
        max === 2_147_483_647 ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
      problems.add({ code: "shape/out-of-range", path, value, why: `is not ${range}`, fix: `choose ${range}` });
      return min;
    },
  };
}

/** One of a few words. */
export function choice<const V extends string>(values: readonly [V, ...V[]]): Shape<V> {
  return {
    placeholder: values[0],
    read(value, path, problems) {
      const match = values.find((candidate) => candidate === value);
      if (match !== undefined) return match;
      const list = values.map((candidate) => JSON.stringify(candidate)).join(", ");
      if (typeof value !== "string") return refuse(this, value, path, problems, `one of ${list}`);
      const meant = closestName(value, values);
      problems.add({
        code: "shape/unknown-choice",
        path,
        value,
        why: "is not one of the choices",
        fix:
          meant === undefined
            ? `choose one of ${list}`
            : `did you mean ${JSON.stringify(meant)}? The choices are ${list}`,
      });
      return values[0];
    },
  };
}

/** A list; `items[0]` is the path of its first item. */
export function listOf<T>(item: Shape<T>): Shape<T[]> {
  return {
    placeholder: [],
    read(value, path, problems) {
      if (!Array.isArray(value)) return refuse(this, value, path, problems, "a list");
      return value.map((entry: unknown, index) => item.read(entry, `${path}[${index}]`, problems));
    },
  };
}

/** A block whose keys the user chooses. */
export function mapOf<T>(entry: Shape<T>): Shape<Record<string, T>> {
  return {
    placeholder: {},
    read(value, path, problems) {
      if (!isPlainObject(value) || describe(value) !== "a block")
        return refuse(this, value, path, problems, "a block of named entries");
      const read: Record<string, T> = {};
      for (const [key, item] of Object.entries(value)) {
        if (item !== undefined) read[key] = entry.read(item, joinPath(path, key), problems);
      }
      return read;
    },
  };
}

export function required<T>(shape: Shape<T>): Property<T> {
  return { shape, optional: false };
}

export function optional<T>(shape: Shape<T>): Property<T> {
  return { shape, optional: true };
}

/** A block with known properties; any other is reported, with the one that was probably meant. */
export function block<T extends object>(properties: Properties<T>): Shape<T> {
  const known = Object.entries<Property<unknown>>(properties);
  const names = known.map(([name]) => name);
  const build = (entries: Record<string, unknown>): T => entries as T;
  return {
    placeholder: build(
      Object.fromEntries(known.filter(([, p]) => !p.optional).map(([name, p]) => [name, p.shape.placeholder])),
    ),
    read(value, path, problems) {
      if (!isPlainObject(value) || describe(value) !== "a block") return refuse(this, value, path, problems, "a block");
      const read: Record<string, unknown> = {};
      for (const [name, property] of known) {
        const given = value[name];
        if (given !== undefined) {
          read[name] = property.shape.read(given, joinPath(path, name), problems);
        } else if (!property.optional) {
          problems.add({
            code: "shape/missing",
            path: joinPath(path, name),
            why: "is required and was not given",
            fix: `add ${name}`,
          });
          read[name] = property.shape.placeholder;
        }
      }
      for (const name of Object.keys(value)) {
        if (names.includes(name) || value[name] === undefined) continue;
        const meant = closestName(name, names);
        problems.add({
          code: "shape/unknown-property",
          path: joinPath(path, name),
          why: "there is no such property",
          fix: meant === undefined ? `remove it; the properties here are ${names.join(", ")}` : `did you mean ${meant}`,
        });
      }
      return build(read);
    },
  };
}

/** A short way of writing a block: `8080` for `{ port: 8080 }`. `expected` names the short form. */
export function shorthand<S, T>(
  expected: string,
  isShort: (value: unknown) => value is S,
  expand: (short: S) => unknown,
  full: Shape<T>,
): Shape<T> {
  return {
    placeholder: full.placeholder,
    read(value, path, problems) {
      if (isShort(value)) return full.read(expand(value), path, problems);
      return describe(value) === "a block"
        ? full.read(value, path, problems)
        : refuse(this, value, path, problems, expected);
    },
  };
}

/** A leaf whose value may be known only later; what `isLater` recognises passes through unread. */
export function orLater<T, L>(shape: Shape<T>, isLater: (value: unknown) => value is L): Shape<T | L> {
  return {
    placeholder: shape.placeholder,
    read(value, path, problems) {
      return isLater(value) ? value : shape.read(value, path, problems);
    },
  };
}
