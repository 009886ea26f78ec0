/**
 * Words of a POSIX shell. SSH hands the host one text, which the user's login
 * shell splits again: every value that goes there goes through `quoteWord`, and
 * nothing else in this room builds a command out of values.
 */

/** Linux refuses an argument of 128 KiB and more; a file's content belongs on standard input anyway. */
const longestWord = 100_000;

/**
 * One word that the shell gives back exactly as it was.
 * @throws for what no argument can hold
 */
export function quoteWord(value: string): string {
  if (value.includes("\0")) throw new Error("an argument of a script holds a NUL byte, which no argument can hold");
  if (Buffer.byteLength(value) > longestWord) {
    throw new Error(`an argument of a script has over ${longestWord} bytes: pass it on standard input`);
  }
  // Inside single quotes nothing has a meaning but the quote itself, which is put between two quoted parts.
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** A whole command line. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}
