import { join } from "node:path";

/** The processes of one cluster: the components and the kubelet endpoint of the simulated nodes. */
export const processNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "simulated-kubelet",
  "metrics-server",
] as const;

export type ProcessName = (typeof processNames)[number];

/** Every listener of a cluster; all are on 127.0.0.1. */
export const portNames = [
  "etcd",
  "etcd-http",
  "etcd-peer",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "simulated-kubelet",
  "metrics-server",
] as const;

export type PortName = (typeof portNames)[number];
export type Ports = Readonly<Record<PortName, number>>;

/** The process that opens each port. */
export const portOwner = {
  etcd: "etcd",
  "etcd-http": "etcd",
  "etcd-peer": "etcd",
  "kube-apiserver": "kube-apiserver",
  "kube-controller-manager": "kube-controller-manager",
  "kube-scheduler": "kube-scheduler",
  "simulated-kubelet": "simulated-kubelet",
  "metrics-server": "metrics-server",
} as const satisfies Record<PortName, ProcessName>;

export const loopback = "127.0.0.1";

/** Where each file of a cluster is, below its data directory. */
export class Layout {
  constructor(readonly dataDirectory: string) {}

  get record(): string {
    return join(this.dataDirectory, "cluster.json");
  }
  /** The administrator's kubeconfig. */
  get kubeconfig(): string {
    return join(this.dataDirectory, "kubeconfig");
  }
  get pki(): string {
    return join(this.dataDirectory, "pki");
  }
  get config(): string {
    return join(this.dataDirectory, "config");
  }
  get logs(): string {
    return join(this.dataDirectory, "logs");
  }
  get etcdData(): string {
    return join(this.dataDirectory, "etcd");
  }
  /** Home and working directory of the processes: they find no file of the user there. */
  get run(): string {
    return join(this.dataDirectory, "run");
  }
  get auditLog(): string {
    return join(this.logs, "audit.log");
  }
  /** Beside the directory, because destroying removes what is inside it. */
  get lock(): string {
    return `${this.dataDirectory}.lock`;
  }
  get directories(): readonly string[] {
    return [this.dataDirectory, this.pki, this.config, this.logs, this.etcdData, this.run];
  }

  certificate(name: string): string {
    return join(this.pki, `${name}.crt`);
  }
  key(name: string): string {
    return join(this.pki, `${name}.key`);
  }
  configFile(name: string): string {
    return join(this.config, name);
  }
  log(process: ProcessName): string {
    return join(this.logs, `${process}.log`);
  }
}
