/** What the simulated kubelet is told, as a file of JSON. */
export interface SimulatedKubeletConfig {
  /** The cluster's directory, by which its processes are known. */
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Paths of the serving certificate and its key. */
  readonly certificate: string;
  readonly key: string;
  /** Path of the authority whose certificates clients must present. */
  readonly clientAuthority: string;
  /** Common names of the clients that are let in. */
  readonly clients: readonly string[];
  /** How to read pods from the API server. */
  readonly apiServer: {
    readonly port: number;
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
  };
}
