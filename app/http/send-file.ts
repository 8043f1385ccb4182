import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** How long a client may take for one part of a file before it is given up, milliseconds. */
const patienceMs = 30_000;

/**
 * Answers with a file that is made while it is sent: a part is asked for when the one before has gone, so memory does not grow with the
 * file. A client that goes, or that takes longer than `patience` (milliseconds) for a part, ends the work. An error breaks the connection
 * off, so that what has come is not taken for the whole.
 */
export function sendFile(
  reply: FastifyReply,
  { name, type, patience = patienceMs }: { name: string; type: string; patience?: number },
  parts: AsyncIterable<string>,
): FastifyReply {
  const stream = Readable.from(watched(), { objectMode: false });
  async function* watched() {
    for await (const part of parts) {
      const waiting = setTimeout(
        () => stream.destroy(new Error("the client took too long for a part")),
        patience,
      );
      try {
        yield part;
      } finally {
        clearTimeout(waiting);
      }
    }
  }
  reply.type(type).header("content-disposition", `attachment; filename="${name}"`);
  return reply.send(stream);
}
