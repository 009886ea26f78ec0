import type { Problem } from "../../../core/problems.js";
import type { ClusterSpec, OnpremOptions } from "../../contract.js";
import { known } from "../../leaf.js";
import { usesAgent } from "../connection.js";
import { hostKeyProblem } from "../host-key.js";
import { hostPath, hostsOf } from "../nodes.js";
import { fileProblems } from "./files.js";

type Ssh = OnpremOptions["ssh"];
type Sudo = NonNullable<OnpremOptions["sudo"]>;

/** Whether every host can be logged in to, and known again. */
export function checkLogin(spec: ClusterSpec, { ssh, sudo }: OnpremOptions): Problem[] {
  const user = known(ssh.user);
  return [
    ...checkSsh("onprem.ssh", ssh),
    ...checkSudo("onprem.sudo", sudo, user),
    ...hostsOf(spec).flatMap(([name, host]) => {
      const path = hostPath(name);
      // Whoever overrides the user without saying what becomes of sudo means the common one.
      const own = host.sudo === undefined && host.ssh?.user !== undefined ? sudo : host.sudo;
      const ownPath = host.sudo === undefined ? `${path}.ssh.user` : `${path}.sudo`;
      return [
        ...checkHostKey(`${path}.hostKey`, known(host.hostKey)),
        ...(host.ssh === undefined ? [] : checkSsh(`${path}.ssh`, host.ssh)),
        ...checkSudo(ownPath, own, known(host.ssh?.user ?? ssh.user)),
      ];
    }),
  ];
}

function checkSsh(path: string, ssh: Partial<Ssh>): Problem[] {
  const { bastion } = ssh;
  const at = `${path}.bastion`;
  return [
    ...checkUser(`${path}.user`, known(ssh.user)),
    ...checkKeys(path, ssh),
    ...(bastion === undefined
      ? []
      : [
          ...checkUser(`${at}.user`, known(bastion.user)),
          ...checkKeys(at, bastion),
          ...checkHostKey(`${at}.hostKey`, known(bastion.hostKey)),
          ...(known(bastion.address)?.trim() === ""
            ? [{ code: "option/empty", path: `${at}.address`, value: "", why: "this is empty", fix: "write a value" }]
            : []),
        ]),
  ];
}

function checkUser(path: string, user: string | undefined): Problem[] {
  if (user === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/.test(user)) return [];
  const why = user === "" ? "this is empty" : "this cannot be the name of a user";
  return [{ code: "onprem/user-format", path, value: user, why, fix: "write the user's name, for example ubuntu" }];
}

function checkKeys(path: string, ssh: Pick<Partial<Ssh>, "agent" | "privateKeyFile">): Problem[] {
  const { agent, privateKeyFile } = ssh;
  if (agent === false && !usesAgent(ssh) && privateKeyFile === undefined) {
    const why = "without the agent a key file is needed, and none is named";
    return [
      {
        code: "onprem/no-login",
        path: `${path}.agent`,
        value: false,
        why,
        fix: "add privateKeyFile, or leave agent out",
      },
    ];
  }
  if (privateKeyFile === undefined) return [];
  if (/PRIVATE KEY|\n/.test(privateKeyFile)) {
    const why = "this is a key and not the name of a file, and would be kept in the state";
    const fix = "write the key into a file that only you can read, and name that file";
    return [{ code: "onprem/key-in-arguments", path: `${path}.privateKeyFile`, why, fix }];
  }
  return fileProblems(`${path}.privateKeyFile`, privateKeyFile, "file");
}

function checkHostKey(path: string, key: string | undefined): Problem[] {
  const problem = key === undefined ? undefined : hostKeyProblem(key);
  if (problem === undefined) return [];
  const fix =
    "write what `ssh-keyscan -t ed25519 HOST` prints after the host's name, or the fingerprint that `ssh-keygen -lf` prints";
  return [{ code: "onprem/host-key-format", path, value: key, why: problem, fix }];
}

function checkSudo(path: string, sudo: Sudo | undefined, user: string | undefined): Problem[] {
  if (sudo === undefined) return [];
  const { mode, passwordVariable } = sudo;
  if (mode === "none" && user !== undefined && user !== "root" && user !== "") {
    const why = `${JSON.stringify(user)} is not root, and hosts are changed as root`;
    return [
      {
        code: "onprem/not-root",
        path,
        value: mode,
        why,
        fix: 'use mode: "passwordless" or "password", or log in as root',
      },
    ];
  }
  // Named in no message: somebody may have written the password itself.
  const at = { path: path.endsWith(".user") ? path : `${path}.passwordVariable` };
  if (mode !== "password") {
    if (passwordVariable === undefined) return [];
    const why = `with mode ${mode} sudo asks for no password`;
    return [{ code: "onprem/unused-password", ...at, why, fix: 'leave it out, or set mode: "password"' }];
  }
  if (passwordVariable === undefined) {
    const why = "the password has to come from somewhere, and never from the program";
    return [
      { code: "onprem/no-password", ...at, why, fix: 'name the environment variable, for example "ISOKUBE_SUDO"' },
    ];
  }
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(passwordVariable)) return [];
  const why = "this cannot be the name of an environment variable";
  return [
    {
      code: "onprem/password-variable",
      ...at,
      why,
      fix: "write the variable's name here, and the password into the variable",
    },
  ];
}
