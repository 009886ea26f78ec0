import { loopback } from "../layout.js";
import { type ProcessPlan, pair, type RenderContext } from "./process-plan.js";

/** A single member that speaks TLS only and trusts no certificate but those of its own authority. */
export function renderEtcd({ layout, ports, binaries }: RenderContext): ProcessPlan {
  const [certificate, key] = pair(layout, "etcd");
  const authority = layout.certificate("etcd-ca");
  const clients = `https://${loopback}:${ports.etcd}`;
  const peers = `https://${loopback}:${ports["etcd-peer"]}`;
  return {
    name: "etcd",
    executable: binaries.etcd,
    arguments: [
      "--name=local",
      `--data-dir=${layout.etcdData}`,
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      // Apart from gRPC, which etcd serves with half the work when it need not
      // look at every connection for the one protocol or the other.
      `--listen-client-http-urls=https://${loopback}:${ports["etcd-http"]}`,
      "--enable-grpc-gateway=false",
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=local=${peers}`,
      `--cert-file=${certificate}`,
      `--key-file=${key}`,
      `--trusted-ca-file=${authority}`,
      "--client-cert-auth=true",
      `--peer-cert-file=${certificate}`,
      `--peer-key-file=${key}`,
      `--peer-trusted-ca-file=${authority}`,
      "--peer-client-cert-auth=true",
      // What the process wrote survives its death without fsync; only a power
      // loss could cost data, which a cluster on one developer's machine may.
      "--unsafe-no-fsync=true",
      // The only member need not wait a second before it elects itself.
      "--heartbeat-interval=50",
      "--election-timeout=500",
      "--log-level=warn",
    ],
    environment: {},
    files: {},
    reads: [certificate, key, authority],
  };
}
