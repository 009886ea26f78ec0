import { describe, expect, test } from "vitest";
import { Workload } from "../../../src/components/workload.js";
import { formatProblem, type Problem } from "../../../src/core/problems.js";
import { ValidationError } from "../../../src/core/validation.js";
import { fargateRules } from "../../../src/providers/workload-rules.js";
import { MockEngine } from "./mocks.js";
import { container, existing, minimal, resources, withContainer, withPort } from "./samples.js";

/** What is wrong with a workload, found out as a user would: by making one. */
async function refuse(args: unknown, name = "web"): Promise<readonly Problem[]> {
  const engine = await MockEngine.start();
  let thrown: unknown;
  try {
    // Programs without types, and other languages, can pass anything.
    Reflect.construct(Workload, [name, args]);
  } catch (error) {
    thrown = error;
  }
  expect(await engine.settled(), "registered although something is wrong").toEqual([]);
  if (!(thrown instanceof ValidationError)) throw new Error(`not refused: ${String(thrown)}`);
  return thrown.problems;
}

interface Case {
  readonly title: string;
  readonly args: unknown;
  readonly name?: string;
  readonly code: string;
  readonly path: string;
  readonly value?: unknown;
  readonly fix: RegExp;
}

const sidecar = (changes: object) => ({ ...minimal, sidecars: { proxy: { ...container, ...changes } } });
const scaled = (auto: object, more: object = {}) => ({ ...minimal, ...more, scaling: { auto: { max: 4, ...auto } } });
const volumes = { work: { emptyDir: { sizeLimit: "1Gi" } } };
const mounting = (...mounts: object[]) => ({ ...withContainer({ mounts }), volumes });
const long = "w".repeat(47);

const grant = { role: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" };
const aws = { kubeconfig: "k", target: "aws", workloadIdentity: { clusterName: "shop" } };
const onAws = { ...minimal, cluster: aws };
const onFargate = { ...minimal, cluster: { ...aws, compute: "serverless", workloadRules: fargateRules } };
const onAutopilot = { ...minimal, cluster: { kubeconfig: "k", target: "gcp", compute: "serverless" } };

// biome-ignore format: a table reads in rows
const cases: Case[] = [
  { title: "no arguments at all", args: undefined, code: "shape/wrong-type", path: "args", fix: /a block/ },
  { title: "no cluster", args: { containers: { web: container } }, code: "shape/missing", path: "cluster", fix: /cluster/ },
  { title: "something that is no cluster", args: { ...minimal, cluster: "shop" }, code: "cluster/not-a-cluster", path: "cluster", fix: /kubeconfig/ },
  { title: "a misspelt property", args: { ...minimal, sidecar: {} }, code: "shape/unknown-property", path: "sidecar", fix: /sidecars/ },
  { title: "no containers", args: { ...minimal, containers: {} }, code: "container/none", path: "containers", fix: /add one/ },
  { title: "a name too long", args: minimal, name: long, code: "name/too-long", path: "name", value: long, fix: /46/ },
  { title: "a component name that is no Kubernetes name", args: minimal, name: "My Shop", code: "name/invalid", path: "name", value: "My Shop", fix: /web/ },
  { title: "a name that is no Service name", args: { ...minimal, name: "1web" }, code: "name/invalid", path: "name", value: "1web", fix: /name/ },
  { title: "a namespace that is none", args: { ...minimal, namespace: "Shop" }, code: "name/namespace", path: "namespace", value: "Shop", fix: /namespace/ },
  { title: "a container name that is none", args: { ...minimal, containers: { Web_1: container } }, code: "container/name", path: "containers.Web_1", value: "Web_1", fix: /rename/ },
  { title: "a container and a sidecar of the same name", args: { ...minimal, sidecars: { web: container } }, code: "container/name-clash", path: "containers.web", value: "web", fix: /rename/ },
  { title: "an init container and a sidecar of the same name", args: { ...minimal, initContainers: { a: container }, sidecars: { a: container } }, code: "container/name-clash", path: "initContainers.a", value: "a", fix: /rename/ },
  { title: "no image", args: { ...minimal, containers: { web: { resources } } }, code: "shape/missing", path: "containers.web.image", fix: /image/ },
  { title: "a missing tag", args: withContainer({ image: "nginx" }), code: "image/no-tag", path: "containers.web.image", value: "nginx", fix: /tag/ },
  { title: "a missing tag behind a port", args: withContainer({ image: "registry:5000/web" }), code: "image/no-tag", path: "containers.web.image", value: "registry:5000/web", fix: /tag/ },
  { title: ":latest", args: withContainer({ image: "nginx:latest" }), code: "image/latest", path: "containers.web.image", value: "nginx:latest", fix: /release/ },
  { title: ":latest in a sidecar", args: sidecar({ image: "envoy:latest" }), code: "image/latest", path: "sidecars.proxy.image", value: "envoy:latest", fix: /release/ },
  { title: "an image that is none", args: withContainer({ image: "Web:1" }), code: "image/invalid", path: "containers.web.image", value: "Web:1", fix: /lower case/ },
  { title: "auto without requests", args: scaled({}, { containers: { web: { image: "a:1" } } }), code: "shape/missing", path: "containers.web.resources", fix: /resources/ },
  { title: "auto with a sidecar without requests", args: { ...scaled({}), sidecars: { proxy: { image: "a:1" } } }, code: "shape/missing", path: "sidecars.proxy.resources", fix: /resources/ },
  { title: "an init container without a memory request", args: { ...minimal, initContainers: { a: { image: "a:1", resources: { cpu: "1" } } } }, code: "shape/missing", path: "initContainers.a.resources.memory", fix: /memory/ },
  { title: "a bad quantity", args: withContainer({ resources: { ...resources, cpu: "lots" } }), code: "resources/quantity", path: "containers.web.resources.cpu", value: "lots", fix: /250m/ },
  { title: "a bad quantity in a sidecar", args: sidecar({ resources: { ...resources, memory: "1GB" } }), code: "resources/quantity", path: "sidecars.proxy.resources.memory", value: "1GB", fix: /256Mi/ },
  { title: "thousandths of a byte", args: withContainer({ resources: { ...resources, memory: "512m" } }), code: "resources/quantity", path: "containers.web.resources.memory", value: "512m", fix: /Mi/ },
  { title: "nothing of something", args: withContainer({ resources: { ...resources, cpu: "0" } }), code: "resources/quantity", path: "containers.web.resources.cpu", value: "0", fix: /needs/ },
  { title: "a memory request above its limit", args: withContainer({ resources: { ...resources, memoryLimit: "32Mi" } }), code: "resources/request-above-limit", path: "containers.web.resources.memoryLimit", value: "32Mi", fix: /memory/ },
  { title: "a cpu request above its limit", args: withContainer({ resources: { ...resources, cpuLimit: "0.05" } }), code: "resources/request-above-limit", path: "containers.web.resources.cpuLimit", value: "0.05", fix: /cpu/ },
  { title: "a port name that is none", args: withContainer({ ports: { "8080": 8080 } }), code: "port/name", path: 'containers.web.ports["8080"]', value: "8080", fix: /rename/ },
  { title: "a port number that is none", args: withContainer({ ports: { http: 70000 } }), code: "shape/out-of-range", path: "containers.web.ports.http.port", value: 70000, fix: /65535/ },
  { title: "a port name in two containers", args: { ...withPort, sidecars: { proxy: { ...container, ports: { http: 9090 } } } }, code: "port/name-clash", path: "containers.web.ports.http", value: "http", fix: /rename/ },
  { title: "a port number in two containers", args: { ...withPort, sidecars: { proxy: { ...container, ports: { admin: 8080 } } } }, code: "port/number-clash", path: "containers.web.ports.http", value: 8080, fix: /another number/ },
  { title: "a port number twice in a container", args: withContainer({ ports: { http: 80, web: 80 } }), code: "port/number-clash", path: "containers.web.ports.web", value: 80, fix: /another number/ },
  { title: "ports of an init container", args: { ...minimal, initContainers: { a: { ...container, ports: { http: 80 } } } }, code: "shape/unknown-property", path: "initContainers.a.ports", fix: /the properties here are/ },
  { title: "a bad variable name", args: withContainer({ env: { "A=B": "1" } }), code: "env/name", path: 'containers.web.env["A=B"]', value: "A=B", fix: /rename/ },
  { title: "a variable name that begins with a digit", args: withContainer({ env: { "1ST": "1" } }), code: "env/name", path: 'containers.web.env["1ST"]', value: "1ST", fix: /rename/ },
  { title: "a variable with two sources", args: withContainer({ env: { A: { value: "1", field: "metadata.name" } } }), code: "env/one-source", path: "containers.web.env.A", fix: /exactly one/ },
  { title: "a variable with no source", args: withContainer({ env: { A: {} } }), code: "env/one-source", path: "containers.web.env.A", fix: /exactly one/ },
  { title: "sensitive without a value", args: withContainer({ env: { A: { sensitive: true, field: "metadata.name" } } }), code: "env/one-source", path: "containers.web.env.A", fix: /with sensitive/ },
  { title: "a number for a variable", args: withContainer({ env: { A: 1 } }), code: "shape/wrong-type", path: "containers.web.env.A", value: 1, fix: /a text/ },
  { title: "an unknown field", args: withContainer({ env: { IP: { field: "status.podIp" } } }), code: "env/field", path: "containers.web.env.IP.field", value: "status.podIp", fix: /status\.podIP/ },
  { title: "a label field with a bad key", args: withContainer({ env: { L: { field: "metadata.labels['']" } } }), code: "env/field", path: "containers.web.env.L.field", value: "metadata.labels['']", fix: /metadata/ },
  { title: "a config name that is none", args: withContainer({ env: { A: { config: { name: "A_B", key: "a" } } } }), code: "env/object-name", path: "containers.web.env.A.config.name", value: "A_B", fix: /ConfigMap/ },
  { title: "a secret key that is none", args: withContainer({ env: { A: { secret: { name: "a", key: "a/b" } } } }), code: "env/key", path: "containers.web.env.A.secret.key", value: "a/b", fix: /Secret/ },
  { title: "a probe of nothing", args: withContainer({ liveness: {} }), code: "probe/one-action", path: "containers.web.liveness", fix: /exactly one/ },
  { title: "a probe of two things", args: withContainer({ ports: { http: 80 }, liveness: { http: "/", tcp: "http" } }), code: "probe/one-action", path: "containers.web.liveness", fix: /exactly one/ },
  { title: "a probe of an unknown port", args: withContainer({ ports: { http: 80 }, liveness: { http: { path: "/", port: "web" } } }), code: "probe/port-unknown", path: "containers.web.liveness.http.port", value: "web", fix: /ports/ },
  { title: "a probe of a port in another container", args: { ...withPort, sidecars: { proxy: { ...container, readiness: { tcp: "http" } } } }, code: "probe/port-unknown", path: "sidecars.proxy.readiness.tcp.port", value: "http", fix: /ports/ },
  { title: "a probe without a port to choose", args: withContainer({ readiness: { http: "/" } }), code: "probe/port-missing", path: "containers.web.readiness.http.port", fix: /name the port/ },
  { title: "a probe of a relative path", args: withContainer({ ports: { http: 80 }, readiness: { http: "ready" } }), code: "probe/relative-path", path: "containers.web.readiness.http.path", value: "ready", fix: /"\/ready"/ },
  { title: "a probe of an empty command", args: withContainer({ startup: { exec: [] } }), code: "probe/empty-command", path: "containers.web.startup.exec", fix: /command/ },
  { title: "two successes for liveness", args: withContainer({ liveness: { exec: ["x"], successThreshold: 2 } }), code: "probe/success-threshold", path: "containers.web.liveness.successThreshold", value: 2, fix: /leave it out/ },
  { title: "a mount of an unknown volume", args: mounting({ volume: "works", path: "/x" }), code: "mount/unknown-volume", path: "containers.web.mounts[0].volume", value: "works", fix: /did you mean work/ },
  { title: "a mount where there are no volumes", args: withContainer({ mounts: [{ volume: "a", path: "/a" }] }), code: "mount/unknown-volume", path: "containers.web.mounts[0].volume", value: "a", fix: /volumes/ },
  { title: "a mount at a relative path", args: mounting({ volume: "work", path: "work" }), code: "mount/path", path: "containers.web.mounts[0].path", value: "work", fix: /"\/work"/ },
  { title: "a mount at the root", args: mounting({ volume: "work", path: "/" }), code: "mount/path", path: "containers.web.mounts[0].path", value: "/", fix: /\/data/ },
  { title: "two mounts at one path", args: mounting({ volume: "work", path: "/x" }, { volume: "work", path: "/x/" }), code: "mount/path-clash", path: "containers.web.mounts[1].path", value: "/x/", fix: /another path/ },
  { title: "a mount of what lies outside its volume", args: mounting({ volume: "work", path: "/x", subPath: "../etc" }), code: "mount/sub-path", path: "containers.web.mounts[0].subPath", value: "../etc", fix: /without/ },
  { title: "a volume name that is none", args: { ...minimal, volumes: { Work: { emptyDir: { sizeLimit: "1Gi" } } } }, code: "volume/name", path: "volumes.Work", value: "Work", fix: /rename/ },
  { title: "a volume of two kinds", args: { ...minimal, volumes: { a: { config: { name: "a" }, emptyDir: { sizeLimit: "1Gi" } } } }, code: "volume/one-source", path: "volumes.a", fix: /exactly one of config, secret, emptyDir/ },
  { title: "a volume of no kind", args: { ...minimal, volumes: { a: {} } }, code: "volume/one-source", path: "volumes.a", fix: /exactly one/ },
  { title: "a secret both written and existing", args: { ...minimal, volumes: { a: { secret: { name: "a", data: { a: "b" } } } } }, code: "volume/one-source", path: "volumes.a.secret", fix: /exactly one of data, name/ },
  { title: "a config without files", args: { ...minimal, volumes: { a: { config: { data: {} } } } }, code: "volume/empty", path: "volumes.a.config.data", fix: /add a file/ },
  { title: "a file name with a slash", args: { ...minimal, volumes: { a: { config: { data: { "a/b": "" } } } } }, code: "volume/key", path: 'volumes.a.config.data["a/b"]', value: "a/b", fix: /rename/ },
  { title: "a config larger than an object can be", args: { ...minimal, volumes: { a: { config: { data: { a: "x".repeat(2 ** 20 + 1) } } } } }, code: "volume/too-large", path: "volumes.a.config.data", fix: /split/ },
  { title: "an emptyDir without a limit", args: { ...minimal, volumes: { a: { emptyDir: {} } } }, code: "shape/missing", path: "volumes.a.emptyDir.sizeLimit", fix: /sizeLimit/ },
  { title: "an emptyDir with a bad limit", args: { ...minimal, volumes: { a: { emptyDir: { sizeLimit: "big" } } } }, code: "resources/quantity", path: "volumes.a.emptyDir.sizeLimit", value: "big", fix: /256Mi/ },
  { title: "a secret volume that takes the environment's name", args: { ...withContainer({ env: { A: { value: "x", sensitive: true } } }), volumes: { env: { secret: { data: { a: "b" } } } } }, code: "volume/name-taken", path: "volumes.env", value: "env", fix: /rename/ },
  { title: "fixed and auto together", args: { ...minimal, scaling: { fixed: 2, auto: { max: 4 } } }, code: "scaling/one-of", path: "scaling", fix: /exactly one/ },
  { title: "neither fixed nor auto", args: { ...minimal, scaling: {} }, code: "scaling/one-of", path: "scaling", fix: /exactly one/ },
  { title: "min above max", args: scaled({ min: 5 }), code: "scaling/min-above-max", path: "scaling.auto.min", value: 5, fix: /at most 4/ },
  { title: "the default min above max", args: scaled({ max: 1 }), code: "scaling/min-above-max", path: "scaling.auto.min", value: 2, fix: /at most 1/ },
  { title: "no max", args: { ...minimal, scaling: { auto: { min: 1 } } }, code: "shape/missing", path: "scaling.auto.max", fix: /max/ },
  { title: "scaling to zero by cpu", args: scaled({ min: 0 }), code: "scaling/zero", path: "scaling.auto.min", value: 0, fix: /at least 1/ },
  { title: "a cpu utilisation of 0", args: scaled({ cpu: 0 }), code: "scaling/utilisation", path: "scaling.auto.cpu", value: 0, fix: /70/ },
  { title: "a memory utilisation that is never reached", args: scaled({ memory: 120 }), code: "scaling/never-reached", path: "scaling.auto.memory", value: 120, fix: /100/ },
  { title: "fewer than no pods", args: { ...minimal, scaling: { fixed: -1 } }, code: "shape/out-of-range", path: "scaling.fixed", value: -1, fix: /at least 0/ },
  { title: "half a pod", args: { ...minimal, scaling: { fixed: 1.5 } }, code: "shape/out-of-range", path: "scaling.fixed", value: 1.5, fix: /whole/ },
  { title: "a number of pods known only later", args: { ...minimal, scaling: { fixed: Promise.resolve(2) } }, code: "shape/not-plain", path: "scaling.fixed", fix: /known when the program runs/ },
  { title: "a budget that lets nobody go", args: { ...minimal, disruption: { maxUnavailable: 0 } }, code: "disruption/blocks-drain", path: "disruption.maxUnavailable", value: "0", fix: /at least 1/ },
  { title: "a budget that lets 0 % go", args: { ...minimal, disruption: { maxUnavailable: "0%" } }, code: "disruption/blocks-drain", path: "disruption.maxUnavailable", value: "0%", fix: /at least 1/ },
  { title: "a budget that keeps everybody", args: { ...minimal, scaling: { fixed: 3 }, disruption: { minAvailable: 3 } }, code: "disruption/blocks-drain", path: "disruption.minAvailable", value: "3", fix: /fewer/ },
  { title: "a budget that keeps the fewest there may be", args: scaled({ min: 2 }, { disruption: { minAvailable: "51%" } }), code: "disruption/blocks-drain", path: "disruption.minAvailable", value: "51%", fix: /fewer/ },
  { title: "a budget of two kinds", args: { ...minimal, disruption: { minAvailable: 1, maxUnavailable: 1 } }, code: "disruption/one-of", path: "disruption", fix: /at most one/ },
  { title: "a budget of no number", args: { ...minimal, disruption: { maxUnavailable: "one" } }, code: "pod-count/invalid", path: "disruption.maxUnavailable", value: "one", fix: /25%/ },
  { title: "a rollout of a ReplicaSet", args: { ...minimal, controller: "ReplicaSet", rollout: { maxSurge: 1 } }, code: "rollout/with-replica-set", path: "rollout", fix: /Deployment/ },
  { title: "an unknown controller", args: { ...minimal, controller: "StatefulSet" }, code: "shape/unknown-choice", path: "controller", value: "StatefulSet", fix: /Deployment/ },
  { title: "a rollout that cannot move", args: { ...minimal, rollout: { maxSurge: 0 } }, code: "rollout/stuck", path: "rollout.maxSurge", value: "0", fix: /at least one/ },
  { title: "more than all pods missing", args: { ...minimal, rollout: { maxUnavailable: "120%" } }, code: "pod-count/invalid", path: "rollout.maxUnavailable", value: "120%", fix: /25%/ },
  { title: "Recreate with a surge", args: { ...minimal, rollout: { strategy: "Recreate", maxSurge: 1 } }, code: "rollout/recreate", path: "rollout.maxSurge", fix: /RollingUpdate/ },
  { title: "a deadline before readiness counts", args: { ...minimal, rollout: { minReadySeconds: 60, progressDeadlineSeconds: 60 } }, code: "rollout/deadline", path: "rollout.progressDeadlineSeconds", value: 60, fix: /raise/ },
  { title: "readiness after the default deadline", args: { ...minimal, rollout: { minReadySeconds: 600 } }, code: "rollout/deadline", path: "rollout.minReadySeconds", value: 600, fix: /lower/ },
  { title: "a load balancer where there is none", args: { ...withPort, service: { type: "LoadBalancer" } }, code: "capability/loadBalancer", path: "service.type", value: "LoadBalancer", fix: /existing/ },
  { title: "a headless load balancer", args: { ...withPort, cluster: { kubeconfig: "k", target: "existing" }, service: { type: "LoadBalancer", headless: true } }, code: "service/headless-load-balancer", path: "service.headless", value: true, fix: /ClusterIP/ },
  { title: "a headless Service of nothing", args: { ...minimal, service: { headless: true } }, code: "service/no-ports", path: "service", fix: /ports/ },
  { title: "a Service port of nobody", args: { ...withPort, service: { ports: { htp: 80 } } }, code: "service/port-unknown", path: "service.ports.htp", fix: /did you mean http/ },
  { title: "two Service ports of one number", args: { ...withContainer({ ports: { http: 8080, admin: 9090 } }), service: { ports: { admin: 8080 } } }, code: "service/port-clash", path: "service.ports.admin", value: 8080, fix: /another number/ },
  { title: "allowed networks without a load balancer", args: { ...withPort, service: { allowedCidrs: ["10.0.0.0/8"] } }, code: "service/cidrs-without-load-balancer", path: "service.allowedCidrs", fix: /LoadBalancer/ },
  { title: "an allowed network that is none", args: { ...withPort, cluster: { kubeconfig: "k", target: "existing" }, service: { type: "LoadBalancer", allowedCidrs: ["10.0.0.1/8"] } }, code: "service/cidr", path: "service.allowedCidrs[0]", value: "10.0.0.1/8", fix: /203/ },
  { title: "a label that selectors rest on", args: { ...minimal, labels: { "app.kubernetes.io/name": "x" } }, code: "label/reserved", path: 'labels["app.kubernetes.io/name"]', fix: /remove/ },
  { title: "a label value that is none", args: { ...minimal, labels: { team: "a b" } }, code: "label/value", path: "labels.team", value: "a b", fix: /annotation/ },
  { title: "a label key that is none", args: { ...minimal, labels: { "a/b/c": "x" } }, code: "label/key", path: 'labels["a/b/c"]', value: "a/b/c", fix: /rename/ },
  { title: "an annotation of isokube's own", args: { ...minimal, podAnnotations: { "isokube.dev/config-checksum": "x" } }, code: "annotation/reserved", path: 'podAnnotations["isokube.dev/config-checksum"]', fix: /prefix/ },
  { title: "an annotation key that is none", args: { ...minimal, annotations: { "a b": "x" } }, code: "annotation/key", path: 'annotations["a b"]', value: "a b", fix: /rename/ },
  { title: "a pool that is none", args: { ...minimal, pool: "General" }, code: "pool/name", path: "pool", value: "General", fix: /pools/ },
  { title: "a pool by its label", args: { ...minimal, nodeSelector: { "isokube.dev/pool": "a" } }, code: "pool/selector", path: 'nodeSelector["isokube.dev/pool"]', fix: /set pool/ },
  { title: "a toleration without a key", args: { ...minimal, tolerations: [{ value: "x" }] }, code: "toleration/key", path: "tolerations[0]", fix: /Exists/ },
  { title: "a toleration of any value of one", args: { ...minimal, tolerations: [{ key: "a", operator: "Exists", value: "x" }] }, code: "toleration/value", path: "tolerations[0].value", value: "x", fix: /Equal/ },
  { title: "a toleration that ends nothing in time", args: { ...minimal, tolerations: [{ key: "a", tolerationSeconds: 5 }] }, code: "toleration/seconds", path: "tolerations[0].tolerationSeconds", value: 5, fix: /NoExecute/ },
  { title: "root", args: { ...minimal, security: { runAsUser: 0 } }, code: "security/root", path: "security.runAsUser", value: 0, fix: /other than 0/ },
  { title: "root in a sidecar", args: sidecar({ security: { runAsUser: 0 } }), code: "security/root", path: "sidecars.proxy.security.runAsUser", value: 0, fix: /other than 0/ },
  { title: "an identity on this machine", args: { ...minimal, identity: { grants: [grant] } }, code: "capability/workloadIdentity", path: "identity", fix: /identity provider/ },
  { title: "an identity on a cluster of nobody knows which cloud", args: { ...minimal, cluster: existing, identity: { grants: [grant] } }, code: "identity/no-cloud", path: "identity", fix: /annotate serviceAccount/ },
  { title: "an identity on a cluster that does not say what it is made from", args: { ...onAws, cluster: { kubeconfig: "k", target: "aws" }, identity: { grants: [grant] } }, code: "identity/unknown-cluster", path: "cluster.workloadIdentity", fix: /pass the Cluster itself/ },
  { title: "an identity without a grant", args: { ...onAws, identity: { grants: [] } }, code: "identity/no-grants", path: "identity.grants", fix: /add a grant/ },
  { title: "a grant without a role", args: { ...onAws, identity: { grants: [{}] } }, code: "shape/missing", path: "identity.grants[0].role", fix: /role/ },
  { title: "a grant of an empty role", args: { ...onAws, identity: { grants: [{ role: " " }] } }, code: "identity/no-role", path: "identity.grants[0].role", value: " ", fix: /name a role/ },
  { title: "a misspelt grant", args: { ...onAws, identity: { grants: [{ role: "r", scop: "s" }] } }, code: "shape/unknown-property", path: "identity.grants[0].scop", fix: /scope/ },
  { title: "a grant given twice", args: { ...onAws, identity: { grants: [grant, { role: "other" }, grant] } }, code: "identity/duplicate", path: "identity.grants[2]", value: grant.role, fix: /remove one/ },
  { title: "an identity of a service account that was brought along", args: { ...onAws, serviceAccount: { name: "shop" }, identity: { grants: [grant] } }, code: "identity/existing-service-account", path: "serviceAccount.name", value: "shop", fix: /remove serviceAccount.name/ },
  { title: "a pool on GKE Autopilot", args: { ...onAutopilot, pool: "general" }, code: "rules/no-pools", path: "pool", value: "general", fix: /compute: "pools"/ },
  { title: "a pool on EKS Auto Mode", args: { ...onAws, cluster: { kubeconfig: "k", target: "aws", compute: "serverless" }, pool: "general" }, code: "rules/no-pools", path: "pool", value: "general", fix: /compute: "pools"/ },
  { title: "arm64 on Fargate", args: { ...onFargate, nodeSelector: { "kubernetes.io/arch": "arm64" } }, code: "rules/architecture", path: 'nodeSelector["kubernetes.io/arch"]', value: "arm64", fix: /use amd64/ },
  { title: "a pod that Fargate has no size for", args: { ...onFargate, containers: { web: { ...container, resources: { cpu: "12", memory: "1Gi" } }, helper: { ...container, resources: { cpu: "5", memory: "1Gi" } } } }, code: "rules/pod-too-large", path: "containers.web.resources.cpu", value: "12", fix: /more pods/ },
  { title: "a pod with more memory than Autopilot gives", args: { ...onAutopilot, containers: { web: { ...container, resources: { cpu: "20", memory: "120Gi" } } } }, code: "rules/pod-too-large", path: "containers.web.resources.memory", value: "120Gi", fix: /ask for less/ },
  { title: "a pull secret that is none", args: { ...minimal, imagePullSecrets: ["a_b"] }, code: "name/reference", path: "imagePullSecrets[0]", value: "a_b", fix: /existing/ },
  { title: "an existing service account that is none", args: { ...minimal, serviceAccount: { name: "a b" } }, code: "name/reference", path: "serviceAccount.name", value: "a b", fix: /existing/ },
];

describe("refuses, and registers nothing", () => {
  test.each(cases)("$title: $path", async ({ args, name, ...expected }) => {
    const problems = await refuse(args, name);
    const { code, path, value, fix } = expected;
    const problem = problems.find((candidate) => candidate.code === code && candidate.path === path);
    expect(problem, `found only ${JSON.stringify(problems)}`).toBeDefined();
    expect(problem?.value).toEqual(value);
    expect(problem?.fix).toMatch(fix);
    expect(problem?.why).toMatch(/\w/);
  });

  test("only what was done wrong: one mistake is one problem", async () => {
    const counts: { title: string; count: number }[] = [];
    for (const { title, args, name } of cases) counts.push({ title, count: (await refuse(args, name)).length });
    expect(counts.filter(({ count }) => count !== 1)).toEqual([]);
  });
});

test("tells everything at once, in one message", async () => {
  const problems = await refuse({
    ...minimal,
    containers: {
      web: {
        ...container,
        image: "web:latest",
        resources: { cpu: "x", memory: "64Mi" },
        ports: { http: 8080, HTTP: 8081 },
      },
    },
    sidecars: { proxy: { image: "envoy" } },
    volumes: { a: {} },
    scaling: { fixed: 2, auto: { min: 3, max: 2 } },
    disruption: { maxUnavailable: 0 },
    service: { type: "LoadBalancer" },
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    "containers.web.image",
    "containers.web.ports.HTTP",
    "containers.web.resources.cpu",
    "disruption.maxUnavailable",
    "scaling",
    "service.type",
    "sidecars.proxy.image",
    "sidecars.proxy.resources",
    "volumes.a",
  ]);
  const message = new ValidationError("Workload", problems).message;
  for (const problem of problems) expect(message).toContain(formatProblem(problem));
});
