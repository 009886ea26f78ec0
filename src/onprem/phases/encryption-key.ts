import { hostPaths } from "../host/host-paths.js";
import { octal } from "../host/managed-file.js";
import type { HostPhase } from "./phase.js";

/**
 * The key is made on the host: it is in no state, no log and no memory but the
 * control planes'. The first provider writes, all read, so what was stored before
 * stays readable. Source: kubernetes.io, "Encrypting Confidential Data at Rest".
 */
const generateScript = `set -eu
umask 077
mkdir -p "$(dirname "$1")"
# Never a second key: what was encrypted with the first one could not be read again.
[ ! -e "$1" ] || { chmod 600 "$1"; exit 0; }
temporary=$(mktemp "$1.XXXXXX")
trap 'rm -f "$temporary"' EXIT
key=$(head -c 32 /dev/urandom | base64 --wrap=0)
[ "\${#key}" -eq 44 ]
cat > "$temporary" <<END
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
    providers:
      - secretbox:
          keys:
            - name: isokube-1
              secret: $key
      - identity: {}
END
sync "$temporary"
ln -T "$temporary" "$1" 2> /dev/null || [ -e "$1" ]
`;

/**
 * Not one of the host phases: only the control plane that makes the cluster
 * generates the key, the others get it with the PKI when they join.
 */
export const encryptionKey: HostPhase = {
  name: "encryption-key",
  title: "key that Secrets are encrypted with",
  needed({ cluster, node, facts }) {
    if (!cluster.secretsEncryption || node.role !== "controlPlane") return undefined;
    const found = facts.files[hostPaths.encryption];
    if (found === undefined) return "there is no key yet";
    return found.mode === 0o600 ? undefined : `the key's file has mode ${octal(found.mode)}, not 0600`;
  },
  async run(_view, { remote, signal }) {
    await remote.run({ text: generateScript, args: [hostPaths.encryption], timeoutSeconds: 30, signal });
  },
};
