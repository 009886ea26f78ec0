import { binaryPath, hostPaths } from "../host/host-paths.js";
import { type ControlPlaneShell, kubectl } from "./kubectl.js";

/** Long enough for one join on a slow host; whoever finds it later can do nothing with it. */
const lifetime = "15m";

const createScript = `exec ${binaryPath("kubeadm")} token create --kubeconfig ${hostPaths.adminKubeconfig} --ttl "$1" --description "isokube: one join"`;

/**
 * Runs `work` with a bootstrap token that lives for this one join. It is never
 * written anywhere but to the joining host's own configuration, and is taken
 * back at the end.
 */
export async function withBootstrapToken<T>(shell: ControlPlaneShell, work: (token: string) => Promise<T>): Promise<T> {
  const { stdout } = await shell.remote.run({
    text: createScript,
    args: [lifetime],
    timeoutSeconds: 60,
    signal: shell.signal,
  });
  const token = /^[a-z0-9]{6}\.[a-z0-9]{16}$/m.exec(stdout)?.[0];
  if (token === undefined) throw new Error(`${shell.remote.name}: kubeadm made no bootstrap token`);
  try {
    return await work(token);
  } finally {
    const secret = `bootstrap-token-${token.slice(0, 6)}`;
    // It ends by itself soon: that it could not be taken back now is no reason to fail.
    await kubectl(shell, ["--namespace", "kube-system", "delete", "secret", secret, "--ignore-not-found"]).catch(
      () => undefined,
    );
  }
}
