import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import type { TestHost } from "./index.js";

const run = promisify(execFile);

interface Signing {
  /** On the host: the certificate that is replaced. Its key may be in the same file. */
  readonly certificate: string;
  /** On the host. @default the certificate's own file */
  readonly key?: string;
  /** Of the authority, as kubeadm names it in its folder. @default "ca" */
  readonly authority?: string;
  /** The control plane, which has the authorities' keys. */
  readonly signer: TestHost;
  /** Days from now; negative for one that has ended. It was made a year before its end, as kubeadm's and kubelets' are. */
  readonly endsInDays: number;
}

/** Puts another certificate for the same key and names in the place of one, without telling anybody. */
export async function replaceCertificate(host: TestHost, signing: Signing): Promise<void> {
  const { certificate, key = certificate, authority = "ca", signer, endsInDays } = signing;
  const folder = mkdtempSync(join(tmpdir(), "isokube-certificate-"));
  try {
    const file = (name: string) => join(folder, name);
    const [old, own] = await Promise.all([certificate, key].map((path) => host.exec(["cat", path])));
    const [ca, caKey] = await Promise.all(
      ["crt", "key"].map((kind) => signer.exec(["cat", `/etc/kubernetes/pki/${authority}.${kind}`])),
    );
    if (old === undefined || own === undefined || ca === undefined || caKey === undefined) throw new Error("no files");
    const content = { "old.pem": old, "own.pem": own, "ca.crt": ca, "ca.key": caKey, index: "", serial: "7A7A\n" };
    for (const [name, text] of Object.entries(content)) writeFileSync(file(name), text, { mode: 0o600 });
    writeFileSync(
      file("ca.conf"),
      `[ca]\ndefault_ca = it\n[it]\ndatabase = ${file("index")}\nserial = ${file("serial")}\nnew_certs_dir = ${folder}\n` +
        "default_md = sha256\npolicy = any\ncopy_extensions = copyall\n" +
        "[any]\norganizationName = optional\ncommonName = supplied\n",
    );
    const request = ["-in", file("old.pem"), "-signkey", file("own.pem"), "-copy_extensions", "copyall"];
    await run("openssl", ["x509", "-x509toreq", ...request, "-out", file("request.pem")]);
    const end = Date.now() + endsInDays * 86_400_000;
    const dates = ["-startdate", asn1Time(end - 365 * 86_400_000), "-enddate", asn1Time(end)];
    const signer509 = ["-cert", file("ca.crt"), "-keyfile", file("ca.key"), "-preserveDN", "-notext", "-batch"];
    const files = ["-in", file("request.pem"), "-out", file("new.pem")];
    await run("openssl", ["ca", "-config", file("ca.conf"), ...signer509, ...dates, ...files]);
    const rest = old.slice(old.indexOf("-----END CERTIFICATE-----")).replace(/^.*\n/, "");
    await host.exec(`cat > ${certificate}`, { input: `${readFileSync(file("new.pem"), "utf8")}${rest}` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same for the client certificate inside a kubeconfig. */
export async function replaceEmbedded(
  host: TestHost,
  kubeconfig: string,
  signing: Omit<Signing, "certificate" | "key" | "authority">,
): Promise<void> {
  const text = await host.exec(["cat", kubeconfig]);
  const inside = (field: string) => new RegExp(`${field}: (\\S+)`).exec(text)?.[1] ?? "";
  const [certificate, key] = ["client-certificate-data", "client-key-data"].map(inside) as [string, string];
  const file = "/run/client.pem";
  const decoded = [certificate, key].map((data) => Buffer.from(data, "base64").toString("latin1")).join("");
  await host.exec(`umask 077 && cat > ${file}`, { input: decoded });
  await replaceCertificate(host, { ...signing, certificate: file });
  const replaced = (await host.exec(`cat ${file} && rm ${file}`)).replace(
    /-----BEGIN (RSA|EC )?.*PRIVATE KEY[\s\S]*$/,
    "",
  );
  await host.exec(`cat > ${kubeconfig}`, {
    input: text.replace(certificate, Buffer.from(replaced).toString("base64")),
  });
}

/** For example `20261231235959Z`. */
function asn1Time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

/** How many days a certificate on the host lasts. */
export async function daysLeft(host: TestHost, path: string): Promise<number> {
  return daysUntil(new X509Certificate(await host.exec(["cat", path])).validTo);
}

/** The same of the one that a port serves at this moment, whoever signed it. */
export function daysLeftServed(address: string, port: number): Promise<number> {
  return new Promise((done, failed) => {
    // Who asks has no certificate: in TLS 1.3 etcd objects to that only after it has shown its own.
    const socket = connect({ host: address, port, rejectUnauthorized: false, timeout: 5000, minVersion: "TLSv1.3" });
    socket.once("secureConnect", () => finish(socket.getPeerCertificate().valid_to));
    const finish = (end: string) => {
      socket.destroy();
      done(daysUntil(end));
    };
    socket.once("timeout", () => socket.destroy(new Error(`port ${port} does not answer within 5 s`)));
    socket.once("error", failed);
  });
}

const daysUntil = (end: string): number => (Date.parse(end) - Date.now()) / 86_400_000;
