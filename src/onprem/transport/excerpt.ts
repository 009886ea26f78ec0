/** Lines and characters of a program's words that a message carries. */
const lines = 6;
const characters = 600;

/** The end of what a program said, as one readable line without control characters. */
export function excerptOf(said: string): string {
  const kept = said
    .slice(-20_000)
    .split(/\r?\n|\r/)
    // Colours and other sequences first, then what is left of control characters.
    .map((line) =>
      line
        .replace(/\p{Cc}\[[0-9;]*[A-Za-z]|[\p{Cc}\s]+/gu, " ")
        .replace(/ +/g, " ")
        .trim(),
    )
    .filter((line) => line !== "")
    .slice(-lines)
    .join(" | ");
  return kept.length > characters ? `…${kept.slice(-characters)}` : kept;
}
