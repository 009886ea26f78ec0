import { request } from "node:https";
import { parse } from "yaml";

/**
 * A question to the API server of a kubeconfig, on a connection of its own each
 * time: one that is kept would not notice that the address has moved.
 *
 * @returns asks for a path once; fails when there is no good answer in time
 */
export function apiQuestion(kubeconfig: string, path: string, timeoutMs: number): () => Promise<void> {
  const { url, options } = asked(kubeconfig, path);
  return () =>
    new Promise((done, failed) => {
      const asking = request(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
        answer.on("error", failed).resume();
        answer.on("end", () => (answer.statusCode === 200 ? done() : failed(new Error(`HTTP ${answer.statusCode}`))));
      });
      asking.on("error", failed).end();
    });
}

/** Watches what is at a path on a connection of its own, until it is ended. `begun` fails where the API server says no. */
export function openWatch(kubeconfig: string, path: string): { readonly begun: Promise<void>; end(): void } {
  const { url, options } = asked(kubeconfig, `${path}?watch=1`);
  const asking = request(url, options);
  const begun = new Promise<void>((done, failed) => {
    asking.on("error", failed).on("response", (answer) => {
      answer.on("error", () => undefined).resume();
      if (answer.statusCode === 200) done();
      else failed(new Error(`HTTP ${answer.statusCode}`));
    });
  });
  asking.end();
  return { begun, end: () => void asking.destroy() };
}

function asked(kubeconfig: string, path: string) {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const bytes = (text: string | undefined) => Buffer.from(text ?? "", "base64");
  const options = {
    agent: false,
    ca: bytes(clusters[0]?.cluster["certificate-authority-data"]),
    cert: bytes(users[0]?.user["client-certificate-data"]),
    key: bytes(users[0]?.user["client-key-data"]),
  };
  return { url: new URL(path, clusters[0]?.cluster.server), options };
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}
