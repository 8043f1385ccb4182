/** A request as a stranger may send it. */
export interface Shape {
  method?: "GET" | "POST" | "PATCH";
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}

/** Numbers from 0 up to, not including, 1: the same ones for the same seed (mulberry32). */
export const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** As often as it fits between head and tail. */
const filled = (size: number, head: string, part: (index: number) => string, tail: string): string => {
  const parts: string[] = [];
  let room = size - head.length - tail.length;
  for (let index = 0; ; index++) {
    const next = part(index);
    room -= Buffer.byteLength(next);
    if (room < 0) return `${head}${parts.join("")}${tail}`;
    parts.push(next);
  }
};

/** What fills a body, a URL or the headers up to their limits, each in another way. Bytes. */
export const shapes = (body: number, head: number, random: () => number): Record<string, Shape> => {
  const pick = (texts: readonly string[]) => () => texts[Math.floor(random() * texts.length)] ?? "";
  const word = () => random().toString(36).slice(2);
  const post = (text: string): Shape => ({ method: "POST", body: text });
  const list = (part: (index: number) => string) => post(filled(body, "[0", part, "]"));
  const notes = (part: () => string) => post(filled(body, '{"notes":"', part, '"}'));
  const members = (part: (index: number) => string) => post(filled(body, '{"a":0', part, "}"));
  const url = (start: string, part: (index: number) => string): Shape => ({
    path: filled(head, start, part, ""),
  });
  const manyHeaders = Array.from({ length: head / 32 }, (_, index) => [`x-${index}`, word().slice(0, 8)]);
  return {
    zeros: list(() => ",0"),
    "client name of zeros": post(filled(body, '{"clientName":[0', () => ",0", "]}")),
    "empty lists": list(() => ",[]"),
    "empty objects": list(() => ",{}"),
    "mixed values": list(pick([",null", ",true", ",1.5e-7", ',""', ",[{}]", ',{"a":[]}'])),
    "members, each new": members((index) => `,"${index}":0`),
    "members, random": members(() => `,"${word()}":"${word()}"`),
    "one member over and over": members(() => ',"a":0'),
    "numbers as names": members((index) => `,"${index * 1_000_003}":0`),
    "as many values as are read": post(`[${Array.from({ length: 900 }, () => `"${word()}"`).join()}]`),
    "as many members as are read": post(
      `{${Array.from({ length: 250 }, () => `"${word()}${"k".repeat(240)}":0`).join()}}`,
    ),
    depth: post(filled(body, "", () => "[", "")),
    "depth of objects": post(filled(body, "", () => '{"a":', "")),
    "depth of ten, side by side": list(() => ",[[[[[[[[[0]]]]]]]]]"),
    text: notes(() => "x"),
    "escaped text": notes(pick(["\\n", "\\u0041", "\\ud83d\\ude00", '\\"', "\\\\"])),
    "halves of pairs": notes(pick(["\\ud800", "\\udc00"])),
    emoji: notes(() => "😀"),
    "spaces for trim": post(filled(body, `{"clientName":"${" ".repeat(10)}x`, () => " ", 'x"}')),
    "no end of a text": post(filled(body, '{"notes":"', () => "\\", "")),
    "an e-mail address": post(
      filled(body, '{"clientEmail":"', pick(["a.", "a-", "a+", "a@", "-."]), '@b.c"}'),
    ),
    "a telephone number": post(filled(body, '{"clientPhone":"+1', () => "1", 'x"}')),
    "a time": post(filled(body, '{"startsAt":"2027-01-01T00:00:00.', () => "0", '"}')),
    "long digits": list(() => `,${"7".repeat(1_000)}`),
    "one long number": post(filled(body, "", () => "9", "")),
    "one long fraction": post(filled(body, "0.", () => "3", "e-999")),
    "numbers without bound": list(pick([",1e999", ",-1e999", ",1e-999"])),
    "white space": post(filled(body, "", pick([" ", "\t", "\n", "\r"]), "0")),
    commas: post(filled(body, "", () => ",", "")),
    colons: post(filled(body, "", () => ":", "")),
    "closing brackets": post(filled(body, "", () => "]", "")),
    "parameters, each new": url("/v1/bookings?a", (index) => `&${index}=1`),
    "one parameter over and over": url("/v1/bookings?limit=1", () => "&limit=1"),
    ampersands: url("/v1/bookings?", () => "&"),
    "percent signs": url("/v1/bookings?search=", pick(["%25", "%5f", "%f0%9f%98%80", "%20"])),
    "broken percent signs": url("/v1/bookings?search=", pick(["%", "%zz", "%ff"])),
    "a long search": url("/v1/bookings?search=", () => "%25"),
    "a long cursor": url("/v1/bookings?cursor=", () => "A"),
    "a long id": url("/v1/bookings/", () => "f"),
    "a long id, encoded": url("/v1/bookings/", () => "%66"),
    "a long path": url("/", () => "a/"),
    slashes: url("/", () => "/"),
    dots: url("/v1/", pick(["..%2f", "%2e.", "./", "%5c"])),
    headers: { headers: Object.fromEntries(manyHeaders) },
    cookies: { headers: { cookie: filled(head, "a=b", () => `; ${word()}=${word()}`, "") } },
    "a long header": { headers: { "user-agent": filled(head, "x", () => "x", "") } },
    proxies: { headers: { "x-forwarded-for": filled(head, "1.2.3.4", () => ",::1", "") } },
    "content types": { method: "POST", headers: { "content-type": filled(head, "a/b", () => ";c=d", "") } },
    origins: { headers: { origin: filled(head, "https://a", () => ".a", "") } },
  };
};
