/**
 * Ends the command with a message and an exit code: 1 generic, 2
 * configuration, 3 authentication, 4 deployment, as Pulumi's own.
 */
export class Exit extends Error {
  constructor(
    readonly exitCode: 1 | 2 | 3 | 4,
    message: string,
  ) {
    super(message);
  }
}
