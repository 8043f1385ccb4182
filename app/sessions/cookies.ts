/**
 * Cookies of the API. Scripts cannot read them, and no other site's page has them sent: Strict, because the API has no page that
 * somebody could follow a link to. The prefixes make browsers refuse a cookie of that name from a subdomain or over plain HTTP
 * (RFC 6265bis section 4.1.3). A cookie for one path only cannot have `__Host-`.
 */
const cookies = {
  access: { name: "__Host-access", path: "/" },
  /** Sent where it is used: refresh, sign-in (which ends the session it finds) and sign-out (which needs no access token). */
  refresh: { name: "__Secure-refresh", path: "/v1/auth" },
  /** Tells a browser in which the user has signed in before. */
  device: { name: "__Host-device", path: "/" },
} as const;
export type CookieName = keyof typeof cookies;

/** A `Set-Cookie` line. Without a value it removes the cookie. */
export function setCookie(which: CookieName, value: string, maxAgeSeconds: number): string {
  const { name, path } = cookies[which];
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Strict`;
}

export const clearedCookie = (which: CookieName): string => setCookie(which, "", 0);

/**
 * The cookie's values in a `Cookie` header: more than one means that some are not ours. A name counts only at the start of a pair: a
 * page of a sibling domain can put any text into the value of a cookie of its own.
 */
export function cookieValues(header: string | undefined, which: CookieName): string[] {
  if (header === undefined) return [];
  const start = `${cookies[which].name}=`;
  const found: string[] = [];
  for (let at = header.indexOf(start); at >= 0; at = header.indexOf(start, at + 1)) {
    if (!startsPair(header, at)) continue;
    const end = header.indexOf(";", at);
    found.push(header.slice(at + start.length, end < 0 ? undefined : end).trimEnd());
  }
  return found;
}

/** The cookie's value where it is there once, and not empty. */
export function onlyCookie(header: string | undefined, which: CookieName): string | undefined {
  const [value, ...others] = cookieValues(header, which);
  return value === "" || others.length > 0 ? undefined : value;
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && header[before] === " ") before--;
  return before < 0 || header[before] === ";";
}
