/** A flag of a component as kubeadm's v1beta4 takes it; a name may occur more than once. */
export interface Argument {
  readonly name: string;
  readonly value: string;
}

export function toArguments(flags: Readonly<Record<string, string | number | boolean>>): Argument[] {
  return Object.entries(flags).map(([name, value]) => ({ name, value: String(value) }));
}
