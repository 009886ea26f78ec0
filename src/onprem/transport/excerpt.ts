/** Lines and characters of a program's words that a message carries. */
const lines = 6;
const characters = 600;

/** The end of what a program said, as one readable line without control characters. */
export function excerptOf(said: string): string {
  const kept = said
    .slice(-20_000)
    .split(/\r?\n|\r/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .map((line) => line.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u001f\u007f]/g, " ").trim())
    .filter((line) => line !== "")
    .slice(-lines)
    .join(" | ");
  return kept.length > characters ? `…${kept.slice(-characters)}` : kept;
}
