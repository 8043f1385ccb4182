import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { clusterToken } from "../../../../infra/functions/power/token.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "a-session/with+signs=",
};
const now = new Date("2026-11-21T07:00:00Z");
const token = await clusterToken("bulwark-staging-cluster", "us-east-1", credentials, now);
const url = new URL(Buffer.from(token.replace("k8s-aws-v1.", ""), "base64url").toString());

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** The signature of a query as AWS documents it ("Create a signed AWS API request"), worked out step by step. */
function signatureOf(signed: URL, headers: Record<string, string>): string {
  const escaped = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...signed.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort();
  const names = Object.keys(headers).sort();
  const canonical = [
    "GET",
    "/",
    query.join("&"),
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    hash(""),
  ].join("\n");
  const scope = "20261121/us-east-1/sts/aws4_request";
  const toSign = ["AWS4-HMAC-SHA256", "20261121T070000Z", scope, hash(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}

describe("S14 the token that the cluster knows the function by", () => {
  it("S14 is a question to the region's STS, good for a minute", () => {
    expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
    expect(url.origin + url.pathname).toBe("https://sts.us-east-1.amazonaws.com/");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: "GetCallerIdentity",
      Version: "2011-06-15",
      "X-Amz-Expires": "60",
      "X-Amz-Security-Token": credentials.sessionToken,
      "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/sts/aws4_request",
    });
  });

  it("S14 is signed for this cluster alone: its name is in a header that only EKS adds", () => {
    expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host;x-k8s-aws-id");
    expect(url.searchParams.has("x-k8s-aws-id")).toBe(false);
    const headers = { host: url.host, "x-k8s-aws-id": "bulwark-staging-cluster" };
    expect(url.searchParams.get("X-Amz-Signature")).toBe(signatureOf(url, headers));
    expect(url.searchParams.get("X-Amz-Signature")).not.toBe(
      signatureOf(url, { ...headers, "x-k8s-aws-id": "another-cluster" }),
    );
  });
});
