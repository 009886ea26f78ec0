import type { HostFacts } from "../facts.js";

type Listener = HostFacts["listening"][number];

/** What `ss -Hltnp` prints. A line that is none of its own is passed over. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").flatMap((line) => {
    const match = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+(?:\s+users:\(\("([^"]{0,64})")?/.exec(line);
    if (match === null) return [];
    const address = (match[1] ?? "").replace(/%[^\]]*$/, "").replace(/^\[(.*)\]$/, "$1");
    return [{ address, port: Number(match[2]), program: match[3] ?? "" }];
  });
}

/** The kernel's own tables, where there is no `ss`: addresses as hexadecimal words in the host's byte order. */
export function parseSockets(text: string): Listener[] {
  const listening = "0A";
  return text.split("\n").flatMap((line) => {
    const match = /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+\S+\s+([0-9A-F]{2})\s/.exec(line);
    if (match === null || match[3] !== listening) return [];
    const words = (match[1] ?? "").match(/.{8}/g) ?? [];
    const bytes = Buffer.concat(words.map((word) => Buffer.from(word, "hex").reverse()));
    return [{ address: addressOf(bytes), port: Number.parseInt(match[2] ?? "", 16), program: "" }];
  });
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join(".");
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(":");
  return groups === "0:0:0:0:0:0:0:0" ? "::" : groups === "0:0:0:0:0:0:0:1" ? "::1" : groups;
}
