/** Longer than any file that holds one digest; a page of a proxy or a login is longer. */
const mostBytes = 1024;
const timeoutSeconds = 20;

/**
 * Reads the digest that is published beside a file, as `URL.sha256`.
 * @throws when it cannot be had, with what was seen
 */
export async function publishedDigest(url: string): Promise<string> {
  const address = `${url}.sha256`;
  const response = await fetch(address, { signal: AbortSignal.timeout(timeoutSeconds * 1000) }).catch(
    (error: unknown) => {
      throw new Error(`${address} cannot be reached (${reasonOf(error)})`);
    },
  );
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${address} answers ${response.status}`);
  }
  const text = await beginningOf(response).catch((error: unknown) => {
    throw new Error(`${address} cannot be read (${reasonOf(error)})`);
  });
  // The digest alone, or as sha256sum writes it: with the name behind it.
  const digest = /^([0-9a-f]{64})(?:\s|$)/.exec(text)?.[1];
  if (digest === undefined) throw new Error(`${address} is no SHA-256 digest`);
  return digest;
}

async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) return "";
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `fetch failed` alone says nothing: what failed is the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
