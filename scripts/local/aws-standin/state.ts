import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { secretRecord } from "./secrets-manager/records.ts";

const keyRecord = z.object({
  id: z.string(),
  arn: z.string(),
  alias: z.string().optional(),
  description: z.string(),
  createdAt: z.number(),
  /** When it ends, once its deletion is scheduled. */
  deletionAt: z.number().optional(),
  /** Base64 of 32 random bytes: the key material, which AWS would never let out of its hardware. */
  material: z.string(),
});
const topicRecord = z.object({ arn: z.string(), name: z.string() });
const messageRecord = z.object({
  messageId: z.string(),
  topicArn: z.string(),
  subject: z.string().optional(),
  message: z.string(),
  at: z.number(),
});
const cacheUserRecord = z.object({
  userId: z.string(),
  userName: z.string(),
  engine: z.string(),
  accessString: z.string(),
  passwords: z.array(z.string()),
  status: z.enum(["active", "creating", "modifying"]),
});

const stateSchema = z.object({
  version: z.literal(1),
  secrets: z.array(secretRecord),
  keys: z.array(keyRecord),
  topics: z.array(topicRecord),
  messages: z.array(messageRecord),
  cacheUsers: z.array(cacheUserRecord),
});

type State = z.infer<typeof stateSchema>;
export type KeyRecord = z.infer<typeof keyRecord>;
export type MessageRecord = z.infer<typeof messageRecord>;
export type CacheUserRecord = z.infer<typeof cacheUserRecord>;

/** What the services share: where they are, what they hold, and how to keep it. */
export interface Context {
  region: string;
  accountId: string;
  state: State;
  /** Writes the state to its file, if it has one. Called after every change. */
  save(): void;
}

const empty = (): State => ({ version: 1, secrets: [], keys: [], topics: [], messages: [], cacheUsers: [] });

/** Reads the state from `file`, or starts empty. Throws when the file is there and cannot be used. */
export const openState = (file: string | undefined): Pick<Context, "state" | "save"> => {
  const state = file && existsSync(file) ? read(file) : empty();
  return { state, save: () => (file ? write(file, state) : undefined) };
};

const read = (file: string): State => {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new Error(
      `The AWS stand-in's state in ${file} cannot be read: remove the file to start without secrets.`,
      { cause },
    );
  }
};

/** Written beside and renamed over, so that a crash leaves the old state or the new, never half of one. */
const write = (file: string, state: State): void => {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(state), { mode: 0o600 });
  renameSync(next, file);
};
