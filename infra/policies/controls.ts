/**
 * Published controls for this stack's kinds of resources: AWS Foundational Security Best Practices (`RDS.3`), the CIS
 * benchmark for EKS 1.8 (`CIS-EKS 5.3.1`) and Checkov's checks (`CKV_AWS_16`). A rule covers each, or this file says why no
 * rule over a plan can cover it.
 */
const range = (prefix: string, ...numbers: (string | number)[]): string[] =>
  numbers.map((number) => `${prefix}${number}`);

const fsbp: readonly string[] = [
  ...range("RDS.", 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 17, 20, 21, 22, 23, 25, 39),
  ...range("EKS.", 1, 2, 3, 8),
  ...range("ElastiCache.", 1, 2, 3, 4, 5, 7),
  ...range("SecretsManager.", 1, 2, 3, 4),
  ...range("Lambda.", 1, 2, 5),
  ...range("KMS.", 1, 2, 3, 5),
  ...range("ELB.", 1, 4, 5, 6, 12, 13, 17, 18),
  ...range("EC2.", 2, 6, 10, 15, 16, 18, 19, 21, 55, 56, 57, 172),
  ...range("ECR.", 1, 2, 3),
  ...range("SNS.", 1, 4),
  ...range("SQS.", 1, 3),
  ...range("S3.", 1, 2, 3, 5, 8, 9, 13),
  "Backup.1",
  ...range("ACM.", 1, 2),
  ...range("WAF.", 10, 12),
];

const cis: readonly string[] = [
  ...range("CIS-EKS 2.1.", 1, 2),
  ...range("CIS-EKS 4.1.", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  ...range("CIS-EKS 4.2.", 1, 2, 3, 4, 5),
  ...range("CIS-EKS 4.3.", 1, 2),
  ...range("CIS-EKS 4.4.", 1, 2),
  ...range("CIS-EKS 4.5.", 1, 2),
  ...range("CIS-EKS 5.1.", 1, 2, 3, 4),
  "CIS-EKS 5.2.1",
  "CIS-EKS 5.3.1",
  ...range("CIS-EKS 5.4.", 1, 2, 3, 4, 5),
  "CIS-EKS 5.5.1",
];

const checkov: readonly string[] = [
  ...range("CKV_AWS_", 16, 17, 118, 129, 133, 157, 161, 211, 226, 293, 353, 354),
  ...range("CKV2_AWS_", 60, 69),
  ...range("CKV_AWS_", 37, 38, 39, 58, 339),
  ...range("CKV_AWS_", 29, 30, 31, 191),
  "CKV2_AWS_50",
  ...range("CKV_AWS_", 149, 304),
  "CKV2_AWS_57",
  ...range("CKV_AWS_", 7, 33, 227),
  "CKV2_AWS_64",
  ...range("CKV_AWS_", 23, 24, 25, 130, 260, 277, 382),
  ...range("CKV2_AWS_", 1, 5, 11, 12),
  ...range("CKV_AWS_", 45, 50, 115, 116, 117, 173, 272, 363),
  ...range("CKV_AWS_", 66, 158, 338, 319, 297),
  ...range("CKV_AWS_", 2, 91, 103, 131, 150, 328, 378),
  ...range("CKV2_AWS_", 20, 28, 74, 76),
  ...range("CKV_AWS_", 51, 136, 163, 26, 27, 168, 166, 60, 61, 274, 393, 175, 192, 342, 233, 234),
  "CKV2_AWS_31",
  ...range(
    "CKV_K8S_",
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    20,
    21,
    22,
    23,
    25,
    28,
    29,
    30,
    31,
    35,
    37,
    38,
    40,
    41,
    42,
    43,
  ),
  "CKV2_K8S_6",
];

export const controls: readonly string[] = [...fsbp, ...cis, ...checkov];

/** Controls that a plan cannot keep or break, and what does. */
export const outsideThePlan: Readonly<Record<string, string>> = {
  "SecretsManager.2":
    "Whether a rotation succeeded shows only when it ran: the alarms for failed and overdue rotations.",
  "SecretsManager.3":
    "Whether a secret is used shows only at run time; every secret here has a reader in the same plan.",
  "KMS.3":
    "Whether a key waits for its deletion shows only at run time; the waiting time is in the key's deletionWindowInDays.",
  "EC2.172":
    "A setting of the whole account and region, which other stacks share: switch it on once, with an exclusion for this VPC.",
  "S3.1": "A setting of the whole account; each bucket of the stack refuses on its own (S3.8).",
  "CIS-EKS 2.1.2":
    "How the collected logs are read and kept is a matter of people; where they lie and for how long is in the rules on logs.",
  CKV_AWS_233:
    "Terraform's create_before_destroy: Pulumi makes the new certificate before it deletes the old one unless told otherwise.",
};
