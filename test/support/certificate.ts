import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CertificateFixture {
  readonly pem: string;
  /** As openssl computes what kubeadm pins. */
  readonly pin: string;
}

/** A certificate that openssl made, and openssl's own opinion of its public key. */
export function makeCertificate(days: number): CertificateFixture {
  const folder = mkdtempSync(join(tmpdir(), "isokube-certificate-"));
  try {
    const [key, crt] = [join(folder, "key"), join(folder, "crt")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const argv = [
      "req",
      "-x509",
      ...curve,
      "-keyout",
      key,
      "-out",
      crt,
      "-days",
      String(days),
      "-subj",
      "/CN=kubernetes",
    ];
    execFileSync("openssl", argv, { stdio: "pipe" });
    // The recipe of kubeadm's documentation.
    const recipe = `openssl x509 -pubkey -noout -in "$1" | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex | sed 's/^.* //'`;
    const hash = execFileSync("sh", ["-c", recipe, "sh", crt], { encoding: "utf8" }).trim();
    return { pem: readFileSync(crt, "utf8"), pin: `sha256:${hash}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
