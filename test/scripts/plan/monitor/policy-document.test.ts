import { describe, expect, it } from "vitest";
import { policyDocument } from "../../../../scripts/plan/monitor/policy-document.ts";

describe("S12 policy documents as the AWS provider renders them", () => {
  it("S12 writes one value alone and several as a sorted list, with principals and conditions by kind", () => {
    const text = policyDocument({
      statements: [
        {
          sid: "Read",
          actions: ["s3:ListBucket", "s3:GetObject"],
          resources: ["arn:aws:s3:::logs"],
          principals: [{ type: "Service", identifiers: ["backup.amazonaws.com"] }],
          conditions: [
            { test: "StringEquals", variable: "aws:SourceAccount", values: ["123456789012"] },
            { test: "StringEquals", variable: "aws:SourceOrgID", values: ["o-1", "o-2"] },
          ],
        },
        {
          effect: "Deny",
          notActions: ["sts:*"],
          resources: ["*"],
          principals: [{ type: "*", identifiers: ["*"] }],
        },
      ],
    });
    expect(JSON.parse(text)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:ListBucket"],
          Resource: "arn:aws:s3:::logs",
          Principal: { Service: "backup.amazonaws.com" },
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012", "aws:SourceOrgID": ["o-1", "o-2"] },
          },
        },
        { Effect: "Deny", NotAction: "sts:*", Resource: "*", Principal: "*" },
      ],
    });
  });

  it("S12 puts the statements of source documents first", () => {
    const source = JSON.stringify({ Statement: { Effect: "Allow", Action: "a:b", Resource: "*" } });
    const text = policyDocument({
      sourcePolicyDocuments: [source],
      statements: [{ actions: ["c:d"], resources: ["*"] }],
    });
    expect(JSON.parse(text).Statement.map(({ Action }: { Action: string }) => Action)).toEqual([
      "a:b",
      "c:d",
    ]);
  });
});
