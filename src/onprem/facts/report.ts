import type { ProblemList } from "../../core/validation.js";

/**
 * What a script on a host wrote: `key NUL value NUL` from `begun` to `ended`.
 * Read without trust: anything may come from a host.
 */
export class HostReport {
  private constructor(
    private readonly values: ReadonlyMap<string, string>,
    private readonly problems: ProblemList,
  ) {}

  static read(output: string, problems: ProblemList): HostReport {
    const fields = output.split("\0");
    const values = new Map<string, string>();
    for (let at = 0; at + 1 < fields.length; at += 2) values.set(fields[at] ?? "", fields[at + 1] ?? "");
    const report = new HostReport(values, problems);
    if (fields.length % 2 === 0 || fields.at(-1) !== "" || fields[0] !== "begun" || fields.at(-3) !== "ended") {
      report.refuse(
        "report",
        output.slice(0, 200),
        "is not a whole report of the host",
        "look again; if it stays, check what the login shell prints",
      );
    }
    return report;
  }

  /** A value, or a problem and an empty text. */
  need(key: string): string {
    const value = this.values.get(key);
    if (value !== undefined) return value;
    this.refuse(key, undefined, "is missing from the host's report", "look again");
    return "";
  }

  find(key: string): string | undefined {
    return this.values.get(key);
  }

  /** Facts of one kind: `disk /var` is the fact `/var` of the kind `disk`. */
  of(kind: string): [name: string, value: string][] {
    const prefix = `${kind} `;
    return [...this.values].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as [string, string]] : [],
    );
  }

  refuse(path: string, value: unknown, why: string, fix: string): void {
    this.problems.add({ code: "host/unreadable", path, ...(value === undefined ? {} : { value }), why, fix });
  }

  /** A whole number of a given form, or a problem and the least one. */
  number(path: string, text: string | undefined, least: number): number {
    const value = text !== undefined && /^\d{1,18}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    this.refuse(path, text, `is not a whole number of at least ${least}`, "look again");
    return least;
  }

  /** A block in JSON, or a problem and an empty one. */
  record(key: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(this.need(key));
      if (isRecord(value)) return value;
    } catch {
      // Told below.
    }
    this.refuse(key, this.find(key)?.slice(0, 200), "is not a block in JSON", "look again");
    return {};
  }

  /** A full version without the `v` before it, or a problem. */
  version(path: string, text: string): string {
    const version = /^v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)$/.exec(text)?.[1];
    if (version === undefined) this.refuse(path, text, "is not a full version", "look again");
    return version ?? "";
  }

  /** A list in JSON; an empty text, from a program that is not there, is an empty one. */
  list(key: string): Record<string, unknown>[] {
    const text = this.find(key) ?? "";
    if (text.trim() === "") return [];
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return value.filter(isRecord);
    } catch {
      // Told below.
    }
    this.refuse(key, text.slice(0, 200), "is not a list in JSON", "check that iproute2 is the distribution's own");
    return [];
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
