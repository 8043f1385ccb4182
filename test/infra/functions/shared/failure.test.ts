import { describe, expect, it } from "vitest";
import { asFailure, Failure } from "../../../../infra/functions/shared/failure.ts";

const error = (members: object, message = "holds the-password") => Object.assign(new Error(message), members);

describe("R9 what leaves a function", () => {
  it.each([
    [
      "a driver's refusal",
      error({ code: "ER_PARSE_ERROR", errno: 1064, sql: "… the-password …" }),
      "database-error",
      /ER_PARSE_ERROR \(1064\)/,
    ],
    [
      "a full disk, met by an account statement",
      error({ code: "ER_ACL_OPERATION_FAILED", errno: 3501 }, "errcode 135 - the-password"),
      "disk-full",
      /disk is full, it answered ER_ACL_OPERATION_FAILED \(3501\)/,
    ],
    [
      "another trouble of an account statement",
      error({ code: "ER_ACL_OPERATION_FAILED", errno: 3501 }, "errcode 1280 - the-password"),
      "database-error",
      /ER_ACL_OPERATION_FAILED \(3501\)/,
    ],
    ["a network error", error({ code: "ECONNREFUSED" }), "unreachable", /ECONNREFUSED/],
    [
      "a lost connection",
      error({ code: "PROTOCOL_CONNECTION_LOST" }),
      "unreachable",
      /PROTOCOL_CONNECTION_LOST/,
    ],
    ["a bad certificate", error({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "unreachable", /SELF_SIGNED/],
    [
      "a wrong name in a certificate",
      error({ code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
      "unreachable",
      /ALTNAME/,
    ],
    ["a bug", new TypeError("the-password is not a function"), "unexpected", /^TypeError at /],
    ["something that is no error", "the-password", "unexpected", /not an Error/],
  ])("of %s is its code or place, never its message", (_what, thrown, reason, message) => {
    const failure = asFailure(thrown);
    expect(failure).toMatchObject({ name: "Failure", reason });
    expect(failure.message).toMatch(message);
    expect(JSON.stringify(failure) + failure.message + failure.stack).not.toContain("the-password");
    expect(failure.cause).toBeUndefined();
  });

  it("of AWS is its name and message, which name actions and resources", () => {
    const denied = error(
      { name: "AccessDeniedException", $metadata: {} },
      "not authorized to perform X on Y",
    );
    expect(asFailure(denied)).toMatchObject({
      reason: "aws-error",
      message: "AWS answered AccessDeniedException: not authorized to perform X on Y",
    });
  });

  it("names what it is about once, however often it passes a boundary", () => {
    const failure = new Failure("pending-refused", "refused").about("arn:secret", "testSecret");
    expect(asFailure(failure).about("arn:other", "setSecret").message).toBe(
      "testSecret of arn:secret failed (pending-refused): refused",
    );
  });
});
