import type { TestHost } from "./host.js";

export interface EtcdMember {
  readonly name: string;
  readonly peer: string;
  readonly voter: boolean;
  readonly healthy: boolean;
}

// Through the gateway of each member's client port: on such a host is no etcdctl.
const script = `
ask() {
  curl -sS --max-time 5 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/apiserver-etcd-client.crt \
    --key /etc/kubernetes/pki/apiserver-etcd-client.key "$@"
}
if [ $# -gt 0 ]; then ask "$1/health"; else ask -X POST -d '{}' https://127.0.0.1:2379/v3/cluster/member/list; fi
`;

/** What etcd says of its members, asked on one of its hosts; sorted by name. */
export async function etcdMembers(host: TestHost): Promise<EtcdMember[]> {
  const ask = (...args: readonly string[]) => host.tryExec(["sh", "-c", script, "sh", ...args]);
  const { members } = JSON.parse((await ask()).stdout) as { members: Member[] };
  const all = members.map(async ({ name = "", peerURLs, clientURLs, isLearner }) => {
    const [client] = clientURLs ?? [];
    return {
      name,
      peer: peerURLs.join(" "),
      voter: isLearner !== true,
      healthy: client !== undefined && (await ask(client)).stdout.includes('"health":"true"'),
    };
  });
  return (await Promise.all(all)).sort((a, b) => a.name.localeCompare(b.name));
}

interface Member {
  readonly name?: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}
