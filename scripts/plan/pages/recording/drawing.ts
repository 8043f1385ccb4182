import { darkRules, type LookName, painted } from "../../preview/colours.ts";
import { escapeMarkup, rectangle } from "../../preview/svg.ts";
import type { Recorded } from "./record.ts";

const columns = 94;
const fontSize = 13;
const lineHeight = 19;
const margin = 18;
const width = Math.ceil(columns * fontSize * 0.602) + 2 * margin;

/** The longest wait that is shown as it was, and how long a typed command stands alone. */
const longestWaitMs = 700;
const typingMs = 900;

/** What a terminal's codes for colour and weight look like here; others end them. */
const looks: Readonly<Record<string, LookName>> = { 1: "title", 2: "detail", 32: "done" };

/**
 * A terminal as an SVG: each line appears when it was printed, long waits shortened. It plays once. Where nothing may or can
 * move, all lines stand there from the beginning.
 */
export function drawRecording(session: readonly Recorded[]): string {
  const lines = session.flatMap((recorded, index) => timed(recorded, index > 0));
  let atMs = 0;
  const texts = lines.flatMap(({ text, waitMs }, index) => {
    atMs += waitMs;
    if (text === "") return [];
    const y = margin + (index + 1) * lineHeight - 5;
    return `<text x="${margin}" y="${y}" xml:space="preserve" style="animation-delay:${Math.round(atMs)}ms" ${painted("output")}>${segments(text)}</text>`;
  });
  const height = lines.length * lineHeight + 2 * margin;
  const frame = rectangle({ x: 0.5, y: 0.5, width: width - 1, height: height - 1 }, "terminal", 8);
  const shapes = [frame, ...texts].join("\n");
  const commands = session.map(({ command }) => command).join(", then ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${fontSize}" role="img" aria-label="${escapeMarkup(`A terminal: ${commands}`)}">
<style>@media(prefers-reduced-motion:no-preference){text{animation:appear 1ms backwards}@keyframes appear{from{opacity:0}}}
${darkRules(shapes)}</style>
${shapes}
</svg>
`;
}

/** The lines with the wait before each: the command first, then what it printed. */
function timed({ command, lines }: Recorded, follows: boolean): { text: string; waitMs: number }[] {
  const prompt = { text: `\u001b[2m$\u001b[22m \u001b[1m${command}\u001b[22m`, waitMs: typingMs };
  const printed = lines.map(({ text, atMs }, index) => ({
    text,
    waitMs: index === 0 ? typingMs : Math.min(longestWaitMs, atMs - (lines[index - 1]?.atMs ?? 0)),
  }));
  return [...(follows ? [{ text: "", waitMs: typingMs }] : []), prompt, ...printed];
}

/** What there is room for, with a sign of what is not, unless that is a column of its own. */
function fitting(text: string, room: number): string {
  if (text.length <= room) return text;
  const kept = text.slice(0, Math.max(0, room - 1));
  return kept.endsWith("  ") ? kept.trimEnd() : `${kept}…`;
}

/** A line as markup, cut at the terminal's edge. */
function segments(line: string): string {
  let room = columns;
  let look: LookName | undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's codes begin with one
  const pieces = line.split(/\u001b\[(\d+)m/).map((piece, index) => {
    if (index % 2 === 1) {
      look = looks[piece];
      return "";
    }
    const shown = fitting(piece, room);
    room -= shown.length;
    if (room < 0 || shown === "") return "";
    return look ? `<tspan ${painted(look)}>${escapeMarkup(shown)}</tspan>` : escapeMarkup(shown);
  });
  return pieces.join("").trimEnd();
}
