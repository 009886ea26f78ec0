/** How a target gives a capability. */
export type SupportLevel = "native" | "addon" | "emulated" | "unsupported";
export type CapabilityTable = Readonly<Record<string, Readonly<{ level: SupportLevel; reason?: string; remedy?: string }>>>;
