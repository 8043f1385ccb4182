import * as z from "zod";
import { cacheKeys } from "../contract/cache-access.ts";
import type { Cache, Listener } from "../platform/cache.ts";

/** A message of an organisation: its place in the stream, and its JSON without it. */
export interface Entry {
  id: string;
  text: string;
}

/** The id before all others. */
export const streamStart = "0-0";
/** What Redis keeps of an organisation's messages for clients that were away: more of them, or longer, and they load anew. */
const keptMessages = 100;
const keptMs = 600_000;

/** The stream is for those who come later, the channel of the same name for those who are here. */
const appendScript = `
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'message', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[3])`;

const readScript = "return redis.call('XRANGE', KEYS[1], '-', '+')";
const stored = z.array(z.tuple([z.string(), z.tuple([z.string(), z.string()])]));

const keyOf = (organisationId: string): string => cacheKeys.live + organisationId;

/** The organisations' messages in Redis: one stream and one channel each. */
export class LiveStream {
  readonly #cache: Cache;
  readonly #append: ReturnType<Cache["script"]>;
  readonly #read: ReturnType<Cache["script"]>;

  constructor(cache: Cache) {
    this.#cache = cache;
    this.#append = cache.script(appendScript);
    this.#read = cache.script(readScript);
  }

  async append(organisationId: string, text: string): Promise<void> {
    await this.#append([keyOf(organisationId)], [keptMessages, keptMs, text]);
  }

  /** What Redis still has, oldest first. */
  async read(organisationId: string): Promise<Entry[]> {
    const entries = stored.parse(await this.#read([keyOf(organisationId)], []));
    return entries.map(([id, [, text]]) => ({ id, text }));
  }

  /** Hears the organisations that it joins. `connected` follows each new connection, on which nothing is joined yet. */
  listen(heard: (organisationId: string, entry: Entry) => void, connected: () => void): Listener {
    const listener = this.#cache.listen({
      message: (channel, line) => {
        const end = line.indexOf(" ");
        const entry = { id: line.slice(0, end), text: line.slice(end + 1) };
        heard(channel.slice(cacheKeys.live.length), entry);
      },
      connected,
    });
    return {
      join: (organisationId) => listener.join(keyOf(organisationId)),
      leave: (organisationId) => listener.leave(keyOf(organisationId)),
      close: () => listener.close(),
    };
  }
}

/** Whether an id of a stream is later than another one. */
export function isAfter(id: string, other: string): boolean {
  const [time = 0, count = 0] = id.split("-").map(Number);
  const [otherTime = 0, otherCount = 0] = other.split("-").map(Number);
  return time > otherTime || (time === otherTime && count > otherCount);
}
