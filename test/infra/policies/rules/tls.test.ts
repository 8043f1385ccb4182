import { tlsRules } from "../../../../infra/policies/rules/tls.ts";
import { proveRules } from "./support.ts";

const parameter = (value: string) => [{ name: "require_secure_transport", value }];

proveRules("encryption in transit", tlsRules, {
  "rds-tls": {
    passes: [{ family: "mysql8.4", parameters: parameter("1") }, { family: "postgres17" }],
    fails: [{ family: "mysql8.4" }, { family: "mysql8.4", parameters: parameter("0") }],
  },
  "rds-own-parameters": { passes: [{ parameterGroupName: "[unknown]" }], fails: [{}] },
  "rds-current-certificate": {
    passes: [{ caCertIdentifier: "rds-ca-rsa2048-g1" }],
    fails: [{}, { caCertIdentifier: "rds-ca-2019" }],
  },
  "cache-tls": {
    passes: [
      { transitEncryptionEnabled: true },
      { transitEncryptionEnabled: true, transitEncryptionMode: "required" },
    ],
    fails: [{}, { transitEncryptionEnabled: true, transitEncryptionMode: "preferred" }],
  },
  "cache-authenticated": { passes: [{ userGroupIds: ["group"] }, { authToken: "[secret]" }], fails: [{}] },
  "certificate-renews": { passes: [{ validationMethod: "DNS" }], fails: [{}, { validationMethod: "EMAIL" }] },
  "certificate-strong": {
    passes: [{}, { keyAlgorithm: "EC_prime256v1" }, { keyAlgorithm: "RSA_2048" }],
    fails: [
      { keyAlgorithm: "RSA_1024" },
      { options: { certificateTransparencyLoggingPreference: "DISABLED" } },
    ],
  },
});
