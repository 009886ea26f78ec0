import { type BadOnpremCase, block, key, w1, worker } from "./case.js";

export const loginCases: readonly BadOnpremCase[] = [
  block("no way to log in", { ssh: undefined }, { code: "shape/missing", path: "onprem.ssh", fix: /add ssh/ }),
  block(
    "neither agent nor key",
    { ssh: { user: "ubuntu", agent: false } },
    { code: "onprem/no-login", path: "onprem.ssh.agent", value: false, fix: /privateKeyFile/ },
  ),
  block(
    "a key in place of its file",
    { ssh: { user: "ubuntu", privateKeyFile: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret" } },
    { code: "onprem/key-in-arguments", path: "onprem.ssh.privateKeyFile", fix: /into a file/ },
  ),
  block(
    "a key file that is not there",
    { ssh: { user: "ubuntu", privateKeyFile: "/nowhere/id_ed25519" } },
    {
      code: "onprem/no-such-file",
      path: "onprem.ssh.privateKeyFile",
      value: "/nowhere/id_ed25519",
      fix: /that is there/,
    },
  ),
  block(
    "a port that there is not",
    { ssh: { user: "ubuntu", port: 70000 } },
    { code: "shape/out-of-range", path: "onprem.ssh.port", value: 70000, fix: /65535/ },
  ),
  block(
    "a user with blanks",
    { ssh: { user: "the admin" } },
    { code: "onprem/user-format", path: "onprem.ssh.user", value: "the admin", fix: /user's name/ },
  ),
  worker(
    "text that is no host key",
    { hostKey: "AAAAC3NzaC1lZDI1NTE5" },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: "AAAAC3NzaC1lZDI1NTE5",
      fix: /ssh-keyscan/,
    },
  ),
  worker(
    "a host key of another kind than it says",
    { hostKey: `ssh-ed25519 ${key("ssh-rsa")}` },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: `ssh-ed25519 ${key("ssh-rsa")}`,
      fix: /ssh-keyscan/,
    },
  ),
  worker(
    "an MD5 fingerprint",
    { hostKey: Array.from({ length: 16 }, () => "ab").join(":") },
    {
      code: "onprem/host-key-format",
      path: `${w1}.hostKey`,
      value: Array.from({ length: 16 }, () => "ab").join(":"),
      fix: /ssh-keyscan/,
    },
  ),
  block(
    "a bastion's key that is none",
    { ssh: { user: "ubuntu", bastion: { address: "bastion.example.com", hostKey: "SHA256:short" } } },
    { code: "onprem/host-key-format", path: "onprem.ssh.bastion.hostKey", value: "SHA256:short", fix: /ssh-keyscan/ },
  ),
  block(
    "no sudo for somebody who is not root",
    { sudo: { mode: "none" } },
    { code: "onprem/not-root", path: "onprem.sudo", value: "none", fix: /"passwordless"/ },
  ),
  block(
    "a password from nowhere",
    { sudo: { mode: "password" } },
    { code: "onprem/no-password", path: "onprem.sudo.passwordVariable", fix: /environment variable/ },
  ),
  block(
    "the password itself",
    { sudo: { mode: "password", passwordVariable: "hunter 2" } },
    { code: "onprem/password-variable", path: "onprem.sudo.passwordVariable", fix: /into the variable/ },
  ),
  worker(
    "a password that nobody asks for",
    { sudo: { mode: "passwordless", passwordVariable: "SUDO" } },
    {
      code: "onprem/unused-password",
      path: `${w1}.sudo.passwordVariable`,
      fix: /leave it out/,
    },
  ),
];
