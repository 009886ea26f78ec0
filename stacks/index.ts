import * as pulumi from "@pulumi/pulumi";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "../src/index.js";

// One program for every stack: where the cluster lives, and how large it is, is config.
const cluster = new Cluster("shop", clusterArgsFromConfig());

const web = new pulumi.Config().getObject<{ scaleDownWindowSeconds?: number }>("web") ?? {};

const namespace = new Namespace("shop", { cluster });

const nginxConf = `
server {
  listen 8080;
  location / { return 200 "hello from isokube\\n"; }
  location /ready { return 200; }
  location /status { stub_status; allow 127.0.0.1; deny all; }
}
`;

const workload = new Workload("web", {
  cluster,
  namespace: namespace.namespaceName,
  containers: {
    web: {
      image: "nginxinc/nginx-unprivileged:1.29.1-alpine",
      ports: { http: 8080 },
      env: { POD_NAME: { field: "metadata.name" } },
      resources: { cpu: "200m", memory: "128Mi" },
      mounts: [
        { volume: "conf", path: "/etc/nginx/conf.d" },
        { volume: "tmp", path: "/tmp" },
      ],
      readiness: { http: "/ready" },
      liveness: { http: "/ready", periodSeconds: 20 },
    },
    metrics: {
      image: "nginx/nginx-prometheus-exporter:1.4.2",
      args: ["--nginx.scrape-uri=http://127.0.0.1:8080/status"],
      ports: { metrics: 9113 },
      resources: { cpu: "20m", memory: "32Mi" },
      readiness: { http: "/metrics" },
    },
  },
  volumes: {
    conf: { config: { data: { "default.conf": nginxConf } } },
    tmp: { emptyDir: { sizeLimit: "64Mi" } },
  },
  scaling: {
    auto: {
      min: 2,
      max: 6,
      cpu: 60,
      ...(web.scaleDownWindowSeconds === undefined ? {} : { scaleDownWindowSeconds: web.scaleDownWindowSeconds }),
    },
  },
});

export const target = cluster.target;
/** Secret: it holds, or leads to, credentials. */
export const kubeconfig = cluster.kubeconfig;
export const endpoint = cluster.endpoint;
export const version = cluster.version;
export const simulatedNodes = cluster.simulatedNodes;
/** What was asked, what realises it, and how the result differs. */
export const report = cluster.report;
export const webHost = workload.host;
