/** Directory of the simulated clouds: whatever the test starts finds their state by it. */
export const directoryVariable = "ISOKUBE_SIMULATED_CLOUD";

/** File in that directory with what of this machine the plugins need. */
export const machineFile = "machine.json";

/** Folder in that directory whose certificates every command trusts, as it trusts the public authorities. */
export const authoritiesFolder = "authorities";
