import { type LimitPurpose, limits, limitWindows } from "../../../app/contract/limits.ts";

const heading = `# Rate limits

A request that is one too many gets 429 with \`Retry-After\`. Every answer tells of the limit that is nearest to its end, in \`RateLimit-Policy\`
and \`RateLimit\` (draft-ietf-httpapi-ratelimit-headers-11) and in the three older headers. One limit by address holds for each request: the
route's own, or else \`global\`. What a caller with a credential asks counts for the organisation as well, by its tier, and for the caller where
the route has such a limit; \`npm run user -- ENVIRONMENT tier EMAIL --tier plus\` sets the tier of a user's organisation. IPv6 addresses count
by their /64. [The lockout](sign-in.md#guessing) counts failures alone, and has the code \`locked\` and no headers but \`Retry-After\`.

Replicas share the counts in Redis. Each counts a busy client itself and tells the others every 50 ms, of an organisation every half second, so a client
of several replicas can exceed a limit by what it asks in that time; an exact limit asks Redis first. Without Redis each process limits by itself, and the metric
\`rate_limit_store_up\` is 0.

This page is written by \`npm run pages\` from \`app/contract/limits.ts\`, and a test keeps it current.`;

/** docs/limits.md: every limit with its routes and the variable that sets it. */
export function limitsPage(): string {
  const rows = Object.entries<LimitPurpose>(limits).map(([name, limit]) => {
    const { seconds } = limitWindows[limit.window];
    const cells = [
      `\`${name}\``,
      `${limit.max} in ${seconds} s${limit.exact ? ", exact" : ""}`,
      limit.by,
      `requests ${limit.requests}`,
      limit.routes?.map((route) => `\`${route}\``).join("<br>") ?? "",
      `\`${limit.variable}\``,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const windows = Object.entries(limitWindows).map(
    ([variable, { seconds, of }]) => `\`${variable}\` (${seconds}) is the window of ${of}, in seconds.`,
  );
  const table = [
    "| Limit | Default | By | Counts | Routes | Variable |",
    "|---|---|---|---|---|---|",
    ...rows,
  ];
  return `${[heading, table.join("\n"), windows.join("\n")].join("\n\n")}\n`;
}
