/** Names the pool of a node, the same on every target. */
export const poolLabel = "isokube.dev/pool";

/** An annotation of a node that isokube cordoned to drain it; a cordon without it is the owner's, and stays. */
export const drainingAnnotation = "isokube.dev/draining";
