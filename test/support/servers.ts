/**
 * Where the run's shared servers are: provided by global-setup.ts, read with `inject` by the helpers beside this file.
 * Only plain data: it crosses a process boundary.
 */
export interface SharedServers {
  /** PEM text of the authority that signed every local server's certificate. */
  ca: string;
  /** The same as a file, for NODE_EXTRA_CA_CERTS of child processes. */
  caFile: string;
  cert: string;
  key: string;
  mysql: { host: string; port: number; adminUser: string; adminPassword: string; ca: string };
}

declare module "vitest" {
  interface ProvidedContext {
    servers: SharedServers;
  }
}
