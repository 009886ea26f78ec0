import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { type Block, isRecord, type SelectedContext, textOf } from "./kubeconfig.js";
import { refusal } from "./refusal.js";

/** What a request to the API server is made with. Never logged, never part of an error. */
export interface Credentials {
  readonly tls: SecureContextOptions & { readonly rejectUnauthorized?: boolean; readonly servername?: string };
  readonly authorization: string | undefined;
}

/** Gets the credentials that a context names: certificates, tokens, or what its exec plugin prints. */
export async function readCredentials(context: SelectedContext, timeoutSeconds: number): Promise<Credentials> {
  const { cluster, user } = context;
  if (isRecord(user["auth-provider"])) {
    throw refusal({
      code: "existing/auth-provider",
      path: "existing.context",
      value: context.name,
      why: "its user has an auth-provider, which Kubernetes removed in 1.26",
      fix: "make the kubeconfig anew with the provider's current tool, which writes an exec plugin",
    });
  }
  const [ca, cert, key, tokenFile] = await Promise.all([
    dataOrFile(cluster, "certificate-authority"),
    dataOrFile(user, "client-certificate"),
    dataOrFile(user, "client-key"),
    textOf(user, "tokenFile") === undefined ? undefined : readNamedFile(textOf(user, "tokenFile") ?? ""),
  ]);
  const server = {
    ...(ca === undefined ? {} : { ca }),
    ...(textOf(cluster, "tls-server-name") === undefined
      ? {}
      : { servername: textOf(cluster, "tls-server-name") ?? "" }),
    // Only where the user's own kubeconfig says so.
    ...(cluster["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
  };
  if (isRecord(user["exec"])) {
    const printed = await runExecPlugin(context, user["exec"], timeoutSeconds);
    return {
      tls: { ...server, ...printed.certificate },
      authorization: printed.token === undefined ? undefined : `Bearer ${printed.token}`,
    };
  }
  const token = textOf(user, "token") ?? tokenFile?.toString("utf8").trim();
  const [username, password] = [textOf(user, "username"), textOf(user, "password")];
  return {
    tls: { ...server, ...(cert === undefined || key === undefined ? {} : { cert, key }) },
    authorization:
      token !== undefined
        ? `Bearer ${token}`
        : username !== undefined && password !== undefined
          ? `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
          : undefined,
  };
}

async function dataOrFile(block: Block, key: string): Promise<Buffer | undefined> {
  const data = textOf(block, `${key}-data`);
  if (data !== undefined) return Buffer.from(data, "base64");
  const path = textOf(block, key);
  return path === undefined ? undefined : readNamedFile(path);
}

async function readNamedFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch {
    throw refusal({
      code: "existing/file-missing",
      path: "existing.kubeconfig",
      why: `the kubeconfig names the file ${path}, which cannot be read`,
      fix: "make the file readable, or write its contents into the kubeconfig (kubectl config view --flatten --raw)",
    });
  }
}

interface Printed {
  readonly token: string | undefined;
  readonly certificate: { readonly cert?: string; readonly key?: string };
}

const execApi = "client.authentication.k8s.io/v1";

/**
 * Runs a credential plugin as Kubernetes' clients do.
 * Source: client-go `plugin/pkg/client/auth/exec`.
 */
async function runExecPlugin(context: SelectedContext, exec: Block, timeoutSeconds: number): Promise<Printed> {
  const command = textOf(exec, "command") ?? "";
  const args = Array.isArray(exec["args"]) ? exec["args"].map(String) : [];
  const extra = Array.isArray(exec["env"])
    ? exec["env"].filter(isRecord).map((entry) => [String(entry["name"]), String(entry["value"])])
    : [];
  const info = {
    apiVersion: textOf(exec, "apiVersion") ?? execApi,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(exec["provideClusterInfo"] === true ? { cluster: clusterInfo(context) } : {}),
    },
  };
  const env = { ...process.env, ...Object.fromEntries(extra), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const printed = await new Promise<string>((done, fail) => {
    const child = execFile(
      command,
      args,
      // A plugin that talks to its provider may take a while longer than one request.
      { env, timeout: Math.max(timeoutSeconds, 30) * 1000, killSignal: "SIGKILL", maxBuffer: 1 << 20 },
      (error, stdout) => (error === null ? done(stdout) : fail(execFailure(context, command, exec, error))),
    );
    child.stdin?.end();
  });
  return parseExecCredential(context, command, printed);
}

function execFailure(context: SelectedContext, command: string, exec: Block, error: Error): Error {
  const missing = "code" in error && error.code === "ENOENT";
  const ended = "killed" in error && error.killed === true ? "took too long" : "failed";
  return refusal({
    code: missing ? "existing/exec-missing" : "existing/exec-failed",
    path: "existing.context",
    value: context.name,
    // What it printed may hold a token, so it is not repeated.
    why: missing
      ? `its credentials come from ${command}, which is not installed`
      : `its credential plugin ${command} ${ended}`,
    fix: missing
      ? (textOf(exec, "installHint")?.trim().replace(/\s+/g, " ") ?? `install ${command} and put it on PATH`)
      : `run ${command} yourself and log in, then try again`,
  });
}

function parseExecCredential(context: SelectedContext, command: string, printed: string): Printed {
  let credential: unknown;
  try {
    credential = JSON.parse(printed);
  } catch {
    credential = undefined;
  }
  const status = isRecord(credential) ? credential["status"] : undefined;
  const block = isRecord(status) ? status : {};
  const token = textOf(block, "token");
  const [cert, key] = [textOf(block, "clientCertificateData"), textOf(block, "clientKeyData")];
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw refusal({
      code: "existing/exec-output",
      path: "existing.context",
      value: context.name,
      why: `its credential plugin ${command} printed no ExecCredential with a token or a certificate`,
      fix: `run ${command} yourself and see what it says`,
    });
  }
  return { token, certificate: cert === undefined || key === undefined ? {} : { cert, key } };
}

function clusterInfo({ server, cluster }: SelectedContext) {
  const authority = textOf(cluster, "certificate-authority-data");
  return { server, ...(authority === undefined ? {} : { "certificate-authority-data": authority }) };
}
