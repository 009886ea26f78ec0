/** Names the pool of a node, the same on every target. */
export const poolLabel = "isokube.dev/pool";
