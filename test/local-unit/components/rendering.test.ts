import { describe, expect, test } from "vitest";
import { renderEtcd } from "../../../src/local/components/etcd.js";
import { renderKubeApiserver } from "../../../src/local/components/kube-apiserver.js";
import { renderKubeControllerManager } from "../../../src/local/components/kube-controller-manager.js";
import { renderKubeScheduler } from "../../../src/local/components/kube-scheduler.js";
import { renderKwok } from "../../../src/local/components/kwok.js";
import { renderMetricsServer } from "../../../src/local/components/metrics-server.js";
import { renderSimulatedKubelet } from "../../../src/local/components/simulated-kubelet.js";
import { certificateRequests } from "../../../src/local/pki.js";
import { context, ports, spec } from "../fixtures.js";

const renderers = [
  renderEtcd,
  renderKubeApiserver,
  renderKubeControllerManager,
  renderKubeScheduler,
  renderKwok,
  renderSimulatedKubelet,
  renderMetricsServer,
];
const full = { ...context, spec: { ...spec, auditLogs: true, secretsEncryption: true } };

describe.each(renderers.map((render) => ({ name: render(context).name, render })))("$name", ({ render }) => {
  test("is started like this", () => {
    const { files, ...plan } = render(full);
    expect(plan).toMatchSnapshot();
    expect(files).toMatchSnapshot();
  });

  test("listens on loopback only", () => {
    const plan = render(full);
    const text = JSON.stringify([plan.arguments, plan.files]);
    expect(text).not.toMatch(/0\.0\.0\.0|\[::\]|"::"/);
    const addresses = plan.arguments.filter((argument) => /^--(bind|advertise)-address=|-urls=/.test(argument));
    for (const address of addresses) expect(address).toMatch(/=(local=)?(https:\/\/)?127\.0\.0\.1(:\d+)?$/);
  });

  test("never turns off a check of certificates, nor serves plain HTTP", () => {
    const text = JSON.stringify(render(full));
    expect(text).not.toMatch(/insecure|skip-tls|"http:\/\//i);
  });

  test("reads only certificates that are made", () => {
    const made = Object.keys(certificateRequests(spec.serviceCidr));
    const known = new Set([...made, "ca", "etcd-ca", "front-proxy-ca", "service-accounts", "secrets-encryption"]);
    const { reads } = render(full);
    expect(reads.length).toBeGreaterThan(0);
    for (const path of reads) {
      expect(path).toMatch(/^\/home\/dev\/clusters\/shop\/pki\/.*\.(crt|key)$/);
      expect(known).toContain(path.replace(/^.*\/|\.(crt|key)$/g, ""));
    }
  });
});

test("every port is somebody's, and nobody's twice", () => {
  const own = renderers.map((render) => {
    const plan = render(context);
    const flags = plan.arguments.filter((flag) => /^--(secure-port|listen-[a-z-]+)=/.test(flag));
    const config = Object.values(plan.files).flatMap((file) => /^ {2}"port": (\d+)/m.exec(file)?.[0] ?? []);
    return [...flags, ...config].flatMap((text) => /(\d+)$/.exec(text)?.[1] ?? []);
  });
  expect(own.flat().map(Number).sort()).toEqual(Object.values(ports).sort());
});

test("the audit log is asked for only when it is wanted", () => {
  const audit = (rendered: typeof context) =>
    renderKubeApiserver(rendered).arguments.filter((flag) => flag.includes("audit"));
  expect(audit(context)).toEqual([]);
  expect(audit(full)).not.toEqual([]);
});

test.each([
  { secretsEncryption: true, first: "secretbox" },
  { secretsEncryption: false, first: "identity" },
])(
  "with secretsEncryption $secretsEncryption, Secrets are written with $first and read with both",
  ({ secretsEncryption, first }) => {
    const { files } = renderKubeApiserver({ ...context, spec: { ...spec, secretsEncryption } });
    const config: { resources: { providers: object[] }[] } = JSON.parse(Object.values(files)[0] ?? "");
    const providers = config.resources[0]?.providers.map((provider) => Object.keys(provider)[0]) ?? [];
    expect(providers[0]).toBe(first);
    expect([...providers].sort()).toEqual(["identity", "secretbox"]);
  },
);
