/** A ".." as a whole path segment, in any encoding, or a backslash, which some systems read as a slash. */
const traversal = /(?:^|\/|%2f|\\|%5c)(?:\.|%2e){2}(?:\/|%2f|\\|%5c|$)|\\|%5c/i;
/** Characters that a URL must escape (RFC 3986 section 2): servers would read other bytes in an undeclared charset. */
const noUrl = /[^!-~]/;

/** Why a URL cannot be served, or undefined where it can. */
export function urlFault(url: string): string | undefined {
  if (noUrl.test(url)) return "The URL contains bytes that must be percent-encoded.";
  const path = pathOf(url);
  if (path.includes(".") || path.includes("\\") || path.includes("%")) {
    if (traversal.test(path)) return "The path climbs out of itself.";
  }
  return url.includes("%") ? encodingFault(url) : undefined;
}

/** The part of a URL before the query. */
export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function encodingFault(url: string): string | undefined {
  if (url.includes("%00")) return "The URL contains a null byte.";
  try {
    decodeURIComponent(url);
    return undefined;
  } catch {
    return "The URL is not percent-encoded UTF-8.";
  }
}
