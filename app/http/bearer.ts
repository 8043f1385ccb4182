const scheme = /^bearer +/i;

/** The token of an Authorization header by RFC 6750 section 2.1; undefined for another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  // As nearly every client writes it.
  if (authorization.startsWith("Bearer ")) return authorization.slice(7).trimStart();
  return scheme.test(authorization) ? authorization.replace(scheme, "") : undefined;
}
