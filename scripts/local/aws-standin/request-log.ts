/** One call, as CloudTrail would show it: who called what and how it ended. Never what was in it. */
export interface RequestRecord {
  at: string;
  service: string;
  action: string;
  /** The caller's access key: each process of the sandbox has its own. */
  accessKeyId: string;
  /** The secret, key, topic, user or function that was named, if one was. */
  resource?: string | undefined;
  /** The error's name, when it was refused. */
  error?: string | undefined;
}

const kept = 5_000;
/** Members that name what a call is about. Nothing else of a request is ever recorded. */
const namingMembers = ["SecretId", "Name", "KeyId", "TopicArn", "UserId", "FunctionName"];

/** The last 5,000 calls. */
export const requestLog = () => {
  const records: RequestRecord[] = [];
  return {
    add(record: Omit<RequestRecord, "at" | "resource">, input: unknown): void {
      const named = typeof input === "object" && input !== null ? Object.entries(input) : [];
      const resource = named.find(([member]) => namingMembers.includes(member))?.[1];
      records.push({
        at: new Date().toISOString(),
        ...record,
        resource: typeof resource === "string" ? resource : undefined,
      });
      if (records.length > kept) records.shift();
    },
    all: (): readonly RequestRecord[] => [...records],
  };
};
export type RequestLog = ReturnType<typeof requestLog>;
