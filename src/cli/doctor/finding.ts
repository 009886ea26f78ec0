/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  /** `warning`: works, but will surprise. `problem`: something will fail. */
  readonly status: "ok" | "warning" | "problem";
  readonly detail: string;
  /** In the imperative, without a full stop. */
  readonly fix?: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, status: "ok", detail };
}

/** One line each: what, how it is, and what to do about it. */
export function renderFindings(findings: readonly Finding[]): string {
  const marks = { ok: "ok     ", warning: "warning", problem: "PROBLEM" } as const;
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, status, detail, fix }) => {
      const advice = fix === undefined ? "" : ` Fix: ${fix}.`;
      return `${marks[status]}  ${check.padEnd(width)}  ${detail}.${advice}`;
    })
    .join("\n");
}
