import type { IngressSpec, ServiceSpec } from "./pod-spec.ts";

/** A port of a Service, as an Ingress names it. */
export interface Backend {
  service: string;
  port: string | number;
}

interface Route {
  host?: string;
  path: string;
  exact: boolean;
  backend: Backend;
}

/** What the load balancer does with requests: where each path goes, and which listeners there are. */
export interface Routes {
  /** The backend of a request; undefined: nothing is declared for it. */
  find(host: string, path: string): Backend | undefined;
  list: readonly Route[];
  /** Plain HTTP is answered with 301 to HTTPS. */
  redirect: boolean;
}

/** This machine's own names: they stand for the product's host name, which leads elsewhere. */
const ownNames = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Reads an Ingress as the AWS load balancer controller does: exact paths before prefixes, long prefixes before short ones,
 * rules for a host before those for any. Other host names than those of the rules find nothing.
 */
export const routesOf = (ingress: IngressSpec): Routes => {
  const list = ingress.spec.rules
    .flatMap(({ host, http }) =>
      http.paths.map(
        ({ path, pathType, backend: { service } }): Route => ({
          host,
          path,
          exact: pathType === "Exact",
          backend: { service: service.name, port: service.port.name ?? service.port.number ?? 80 },
        }),
      ),
    )
    .sort((a, b) => rank(b) - rank(a) || b.path.length - a.path.length);
  return {
    list,
    redirect: ingress.metadata.annotations["alb.ingress.kubernetes.io/ssl-redirect"] !== undefined,
    find: (host, path) => {
      const name = host.replace(/:\d+$/, "").toLowerCase();
      return list.find((route) => matches(route, name, path))?.backend;
    },
  };
};

const rank = ({ host, exact }: Route): number => (host ? 2 : 0) + (exact ? 1 : 0);

const matches = (route: Route, name: string, path: string): boolean => {
  if (route.host !== undefined && route.host !== name && !ownNames.includes(name)) return false;
  if (route.exact) return path === route.path;
  const prefix = route.path.replace(/\/$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
};

/** The port of the pods behind a port of a Service: a number, or the name that the container gives it. */
export const targetPort = (service: ServiceSpec, port: string | number): string | number | undefined => {
  const found = service.spec.ports.find(({ name, port: number }) => name === port || number === port);
  return found ? (found.targetPort ?? found.port) : undefined;
};
