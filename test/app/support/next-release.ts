import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

const migration = join(import.meta.dirname, "channel-migration.ts");

/** Which source the next release has otherwise, and how. */
const changes: readonly { file: RegExp; from: string; to: string }[] = [
  {
    file: /app\/migrations\/index\.ts$/,
    from: "export const migrations",
    to: `import * as channel from ${JSON.stringify(migration)};\nexport const migrations`,
  },
  {
    file: /app\/migrations\/index\.ts$/,
    from: '"0001-organisations": organisations,',
    to: '"0001-organisations": organisations, "9999-channel": channel,',
  },
  {
    file: /app\/bookings\/repository\.ts$/,
    from: '.insertInto("bookings").values(row)',
    to: '.insertInto("bookings").values({ ...row, channel: "web" })',
  },
];

/**
 * A release after this one: it brings the migration of channel-migration.ts, and writes the new column with every booking. Made
 * from today's sources as they are bundled, so that it stays one release ahead.
 */
export const nextRelease: Plugin = {
  name: "next-release",
  setup(build) {
    build.onLoad({ filter: /app\/(migrations\/index|bookings\/repository)\.ts$/ }, ({ path }) => {
      const contents = changes
        .filter(({ file }) => file.test(path))
        .reduce(
          (text, { from, to }) => {
            if (!text.includes(from)) throw new Error(`${path} no longer has: ${from}`);
            return text.replace(from, to);
          },
          readFileSync(path, "utf8"),
        );
      return { contents, loader: "ts" };
    });
  },
};
