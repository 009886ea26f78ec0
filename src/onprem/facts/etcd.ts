import { ProblemList } from "../../core/validation.js";
import type { EtcdMemberSight } from "../facts.js";
import { type Remote, RemoteFailure } from "../remote.js";
import { HostReport, isRecord } from "./report.js";

const removeSeconds = 15;

/**
 * etcd on a kubeadm host, through the gateway that every member serves on its
 * client port: `etcdctl` is not on such a host, curl and the certificates are.
 */
const curlEtcd = `
pki=/etc/kubernetes/pki
command -v curl > /dev/null || { echo "curl is not installed" >&2; exit 47; }
[ -r "$pki/apiserver-etcd-client.key" ] || { echo "there is no $pki/apiserver-etcd-client.key: is this a control plane?" >&2; exit 47; }
etcd() {
  seconds=$1
  shift
  curl -sS --noproxy '*' --max-time "$seconds" --cacert "$pki/etcd/ca.crt" --cert "$pki/apiserver-etcd-client.crt" --key "$pki/apiserver-etcd-client.key" "$@"
}
`;

/** Answers from the member's own copy: it can be had when there is no quorum, too. */
const listScript = `
set -eu
${curlEtcd}
etcd 5 -X POST -d '{}' https://127.0.0.1:2379/v3/cluster/member/list
`;

/** Asks all members at once; the slowest decides, and a dead one is given up after three seconds. */
const healthScript = `
set -u
${curlEtcd}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
number=0
for url; do
  number=$((number + 1))
  etcd 3 "$url/health" > "$folder/$number" 2> /dev/null &
done
wait
printf 'begun\\0\\0'
number=0
for url; do
  number=$((number + 1))
  printf 'health %s\\0' "$url"
  head -c 1000 "$folder/$number" | tr -d '\\000'
  printf '\\0'
done
printf 'ended\\0\\0'
`;

/** Without a quorum etcd does not answer at all, which curl tells as the status 000. */
const removeScript = `
set -eu
${curlEtcd}
etcd ${removeSeconds} -X POST -d "{\\"ID\\":\\"$1\\"}" -w '\\n%{http_code}' https://127.0.0.1:2379/v3/cluster/member/remove || :
`;

const scriptSeconds = 60;
const longestId = 0xffff_ffff_ffff_ffffn;

interface Member extends Omit<EtcdMemberSight, "healthy"> {
  readonly clientUrls: readonly string[];
}

/**
 * Every member that this control plane's etcd knows of, and whether it answers.
 * @throws RemoteFailure when this control plane's own member does not answer
 */
export async function listEtcdMembers(remote: Remote, signal?: AbortSignal): Promise<EtcdMemberSight[]> {
  const { stdout } = await remote.run({ text: listScript, timeoutSeconds: scriptSeconds, signal });
  const members = parseMembers(stdout);
  if (members === undefined) {
    throw new RemoteFailure(remote.name, "exit", "etcd answered with no list of its members: look at its log");
  }
  const urls = [...new Set(members.flatMap((member) => member.clientUrls))];
  const health =
    urls.length === 0
      ? ""
      : (await remote.run({ text: healthScript, args: urls, timeoutSeconds: scriptSeconds, signal })).stdout;
  const healthy = parseHealth(health);
  return members.map(({ clientUrls, ...member }) => ({
    ...member,
    healthy: clientUrls.some((url) => healthy.has(url)),
  }));
}

/**
 * Takes a member out; one that is out already is no failure.
 * @param id hexadecimal, as the list gives it
 * @throws RemoteFailure when etcd refuses, for want of a quorum above all
 */
export async function removeEtcdMember(remote: Remote, id: string, signal?: AbortSignal): Promise<void> {
  if (!/^[0-9a-f]{1,16}$/.test(id)) throw new Error(`${JSON.stringify(id)} is no id of an etcd member`);
  const args = [BigInt(`0x${id}`).toString()];
  const { stdout, stderr } = await remote.run({ text: removeScript, args, timeoutSeconds: scriptSeconds, signal });
  const at = stdout.lastIndexOf("\n");
  const status = stdout.slice(at + 1).trim();
  const body = stdout.slice(0, Math.max(at, 0)).trim();
  if (status === "200" || (status === "404" && /member not found/i.test(body))) return;
  const said = (body || stderr.trim()).slice(0, 300);
  const why =
    status === "000"
      ? `etcd did not answer within ${removeSeconds} s, as it does not without a quorum (${said}). It may still do it later: look at its members before anything else`
      : `etcd refused with HTTP ${status}: ${said}`;
  throw new RemoteFailure(remote.name, "exit", `the member ${id} was not removed: ${why}`);
}

/** The gateway writes 64-bit numbers as decimal texts; undefined for what is no list of members. */
export function parseMembers(text: string): Member[] | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || !Array.isArray(value["members"]) || value["members"].length === 0) return undefined;
  const members = value["members"].map((member: unknown): Member | undefined => {
    if (!isRecord(member)) return undefined;
    const { ID: id, name, peerURLs: peers, clientURLs: clients, isLearner } = member;
    if (typeof id !== "string" || !/^\d{1,20}$/.test(id) || BigInt(id) > longestId) return undefined;
    // A member that was added and never started has neither a name nor a client URL.
    return {
      id: BigInt(id).toString(16),
      name: typeof name === "string" ? name : "",
      peerUrl: texts(peers)[0] ?? "",
      clientUrls: texts(clients).filter((url) => /^https?:\/\/[0-9A-Za-z.:[\]-]+$/.test(url)),
      learner: isLearner === true,
    };
  });
  return members.every((member) => member !== undefined) ? members : undefined;
}

/** The client URLs of the members that say they are healthy, which needs a leader. */
export function parseHealth(output: string): ReadonlySet<string> {
  if (output === "") return new Set();
  const report = HostReport.read(output, new ProblemList());
  return new Set(
    report.of("health").flatMap(([url, text]) => {
      const answer = parseJson(text);
      return isRecord(answer) && (answer["health"] === "true" || answer["health"] === true) ? [url] : [];
    }),
  );
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
