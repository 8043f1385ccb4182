import { createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { CommandError } from "../../cli/errors.ts";
import type { EnvironmentAccess } from "./access.ts";
import { type Opening, open, type Sealing, seal } from "./envelope.ts";

export interface WriteOptions {
  file: string;
  sealing: Sealing;
  access: EnvironmentAccess;
  signal?: AbortSignal;
  /** Opens what is written to. Default: the file beside the final one. */
  output?: (partial: string) => Writable;
}

/**
 * Compresses, encrypts and writes a text. Under its name the file appears whole or not at all: until then it is FILE.partial,
 * which goes when anything fails.
 * @returns bytes on disk, and what the text's generator returned
 * @throws CommandError when the file is there already
 */
export const writeBackup = async <Result>(
  text: AsyncGenerator<Buffer, Result>,
  options: WriteOptions,
): Promise<{ bytes: number; result: Result }> => {
  const { file, sealing, access, signal } = options;
  const partial = `${file}.partial`;
  for (const path of [file, partial]) {
    if (existsSync(path)) throw new CommandError(`${path} is there already: it is not overwritten.`);
  }
  let result: { value: Result } | undefined;
  const pieces = async function* () {
    result = { value: yield* text };
  };
  const owned = { flags: "wx", mode: 0o600, flush: true } as const;
  const output = options.output ?? ((path: string) => createWriteStream(path, owned));
  try {
    const compressed = Readable.from(pieces(), { objectMode: false }).compose(createZstdCompress());
    const sealed = await seal(compressed, sealing, access);
    await pipeline(sealed, output(partial), { signal });
    if (!result) throw new CommandError("The backup ended before its end.");
    renameSync(partial, file);
    return { bytes: statSync(file).size, result: result.value };
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
};

export interface ReadOptions {
  file: string;
  opening: Opening;
  access: EnvironmentAccess;
}

/** The lines of a backup, without their ends. @throws CommandError when the file is damaged, cut off, or not for our key */
export async function* readLines({ file, opening, access }: ReadOptions): AsyncGenerator<string> {
  // Opened first: the error of a missing file differs from a damaged one's.
  const sealed = (await openFile(file)).createReadStream({ highWaterMark: 256 * 1024 });
  const plain = await open(sealed, opening, access);
  const decompress = createZstdDecompress();
  const text = plain.compose(decompress);
  // To stop reading in the middle destroys it, which Node tells as an error of it. A real one comes from the loop below.
  decompress.on("error", () => undefined);
  try {
    yield* linesOf(text as AsyncIterable<Buffer>);
  } catch (error) {
    throw damaged(file, error);
  } finally {
    sealed.destroy();
    text.destroy();
  }
}

/** The lines of a text that comes in pieces, without their ends. @throws Error when the last one has no end */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const rest: Buffer[] = [];
  for await (const piece of pieces) {
    let from = 0;
    for (let to = piece.indexOf(10); to >= 0; to = piece.indexOf(10, from)) {
      rest.push(piece.subarray(from, to));
      yield Buffer.concat(rest.splice(0)).toString("utf8");
      from = to + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  }
  if (rest.length > 0) throw new Error("its last line is not whole");
}

/** Only what comes from reading the file is the file's fault. */
const damaged = (file: string, reason: unknown): CommandError =>
  new CommandError(
    `${file} is cut off or damaged (${reason instanceof Error ? reason.message : String(reason)}). Compare its size and checksum with where it was copied from, or take another backup.`,
    { cause: reason },
  );
