import type { IngressSpec, ServiceSpec } from "./pod-spec.ts";

/** A port of a Service, as an Ingress names it. */
export type Backend = { service: string; port: string | number };

type Route = { host?: string; path: string; exact: boolean; backend: Backend };

/** What the load balancer does with requests: where each path goes, and which listeners there are. */
export type Routes = {
  /** The backend of a request; undefined: nothing is declared for it. */
  find(host: string, path: string): Backend | undefined;
  list: readonly Route[];
  /** Plain HTTP is answered with 301 to HTTPS. */
  redirect: boolean;
};

/**
 * Reads an Ingress as the AWS load balancer controller does: exact paths before prefixes, long prefixes before short ones,
 * rules for a host before those for any.
 * @param anyHost takes rules of every host, for a machine on which the product's host names lead elsewhere
 */
export const routesOf = (ingress: IngressSpec, anyHost: boolean): Routes => {
  const list = ingress.spec.rules
    .flatMap(({ host, http }) =>
      http.paths.map(
        ({ path, pathType, backend: { service } }): Route => ({
          host: anyHost ? undefined : host,
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
    find: (host, path) => list.find((route) => matches(route, host, path))?.backend,
  };
};

const rank = ({ host, exact }: Route): number => (host ? 2 : 0) + (exact ? 1 : 0);

const matches = (route: Route, host: string, path: string): boolean => {
  if (route.host !== undefined && route.host !== host.replace(/:\d+$/, "").toLowerCase()) return false;
  if (route.exact) return path === route.path;
  const prefix = route.path.replace(/\/$/, "");
  return path === prefix || path.startsWith(`${prefix}/`);
};

/** The port of the pods behind a port of a Service: a number, or the name that the container gives it. */
export const targetPort = (service: ServiceSpec, port: string | number): string | number | undefined => {
  const found = service.spec.ports.find(({ name, port: number }) => name === port || number === port);
  return found ? (found.targetPort ?? found.port) : undefined;
};
