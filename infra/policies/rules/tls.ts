import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const instance = ["aws:rds/instance:Instance"];
const cache = ["aws:elasticache/replicationGroup:ReplicationGroup"];
const certificate = ["aws:acm/certificate:Certificate"];

/** Encrypted in transit between the parts of the stack, and certificates. The way in from outside is in edge.ts. */
export const tlsRules: readonly Rule[] = [
  {
    id: "rds-tls",
    title: "MySQL refuses connections without TLS",
    severity: "high",
    controls: ["RDS.39", "CKV2_AWS_69"],
    types: ["aws:rds/parameterGroup:ParameterGroup"],
    fix: 'Set the parameter require_secure_transport to "1".',
    check: (group) =>
      unless(
        !(group.text("family") ?? "").startsWith("mysql") ||
          group
            .blocks("parameters")
            .some(
              ({ name, value }) =>
                name === "require_secure_transport" && ["1", "ON", "on"].includes(String(value)),
            ),
        "lets clients in without TLS",
      ),
  },
  {
    id: "rds-own-parameters",
    title: "Databases use our own parameter group, which demands TLS",
    severity: "medium",
    controls: [],
    types: instance,
    fix: "Set parameterGroupName to the stack's own.",
    check: (database) =>
      unless(database.has("parameterGroupName"), "uses the default parameters, which demand no TLS"),
  },
  {
    id: "rds-current-certificate",
    title: "Databases use a certificate of a current authority",
    severity: "medium",
    controls: ["CKV_AWS_211"],
    types: instance,
    fix: "Set caCertIdentifier to rds-ca-rsa2048-g1, -rsa4096-g1 or -ecc384-g1.",
    check: (database) =>
      unless(
        /^rds-ca-(rsa2048|rsa4096|ecc384)-g1$/.test(database.text("caCertIdentifier") ?? ""),
        "does not name a current authority",
      ),
  },
  {
    id: "cache-tls",
    title: "Caches accept TLS only",
    severity: "high",
    controls: ["ElastiCache.5", "CKV_AWS_30"],
    types: cache,
    fix: 'Set transitEncryptionEnabled: true and transitEncryptionMode: "required".',
    check: (group) =>
      unless(
        group.isTrue("transitEncryptionEnabled") && group.text("transitEncryptionMode") !== "preferred",
        "accepts connections without TLS",
      ),
  },
  {
    id: "cache-authenticated",
    title: "Caches require a login",
    severity: "high",
    controls: ["CKV_AWS_31"],
    types: cache,
    fix: "Set userGroupIds to a group whose default user is switched off.",
    check: (group) =>
      unless(group.has("userGroupIds") || group.has("authToken"), "lets anybody in who reaches it"),
  },
  {
    id: "certificate-renews",
    title: "Certificates renew by themselves",
    severity: "medium",
    controls: ["ACM.1"],
    types: certificate,
    fix: 'Set validationMethod: "DNS" and keep the validation record.',
    check: (given) =>
      unless(
        given.text("validationMethod") === "DNS",
        "is not validated in DNS, so it does not renew by itself",
      ),
  },
  {
    id: "certificate-strong",
    title: "Certificates have strong keys, and appear in public transparency logs",
    severity: "medium",
    controls: ["ACM.2", "CKV_AWS_234"],
    types: certificate,
    fix: "Set keyAlgorithm to EC_prime256v1 or RSA_2048, and leave certificate transparency on.",
    check: (given) => {
      if (/^RSA_(1024|512)$/.test(given.text("keyAlgorithm") ?? "")) return "has too short a key";
      return unless(
        given.text("options.certificateTransparencyLoggingPreference") !== "DISABLED",
        "hides from certificate transparency",
      );
    },
  },
];
