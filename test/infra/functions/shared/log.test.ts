import { describe, expect, it } from "vitest";
import { concealValue, makeLog } from "../../../../infra/functions/shared/log.ts";

const withLog = () => {
  const lines: string[] = [];
  return { lines, log: makeLog("test", (line) => lines.push(line)) };
};

describe("R9 the log", () => {
  it("is one line of JSON per event, with timestamp, level and function", () => {
    const { lines, log } = withLog();
    log.info("rotation step done", { step: "setSecret", milliseconds: 12 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        level: "INFO",
        function: "test",
        message: "rotation step done",
        step: "setSecret",
        milliseconds: 12,
      },
    ]);
  });

  it("masks every concealed text, wherever it would appear, even with quotes in it", () => {
    const { lines, log } = withLog();
    log.conceal("pass-word-1234");
    log.conceal('with"quote\\and more');
    log.error("pass-word-1234 in the message", {
      detail: 'and with"quote\\and more here',
      reason: "pass-word-1234",
    });
    expect(lines[0]).not.toMatch(/pass-word-1234|with\\"quote/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      message: "[secret] in the message",
      detail: "and [secret] here",
      reason: "[secret]",
    });
  });

  it("conceals all of a secret value but its public members, at any depth", () => {
    const { lines, log } = withLog();
    concealValue(log, {
      username: "bulwark_app",
      host: "db.example.internal",
      password: "password-of-the-user",
      keys: [{ kid: "key-id-in-the-open", privateJwk: { kty: "OKP", x: "public-half", d: "private-half" } }],
      anythingNew: { deeper: "not-known-to-be-public" },
    });
    log.info("bulwark_app db.example.internal key-id-in-the-open OKP");
    log.info("password-of-the-user private-half not-known-to-be-public");
    expect(lines[0]).toContain("bulwark_app db.example.internal key-id-in-the-open OKP");
    expect(JSON.parse(lines[1] ?? "").message).toBe("[secret] [secret] [secret]");
  });
});
