import { clusterRules, endpointRules } from "./rules/cluster.ts";
import { containerRules } from "./rules/containers.ts";
import { edgeRules } from "./rules/edge.ts";
import { encryptionRules, keyRules } from "./rules/encryption.ts";
import { exposureRules } from "./rules/exposure.ts";
import { iamRules } from "./rules/iam.ts";
import { lambdaRules } from "./rules/lambda.ts";
import { observabilityRules } from "./rules/observability.ts";
import { placeholderRules } from "./rules/placeholders.ts";
import { resilienceRules } from "./rules/resilience.ts";
import { imageRules, secretRules } from "./rules/secrets.ts";
import { taggingRules } from "./rules/tagging.ts";
import { tlsRules } from "./rules/tls.ts";
import { namespaceRules, podRules } from "./rules/workload.ts";
import type { Rule } from "./types.ts";

/** Every rule, by concern: one file of rules/ each, and one section of docs/guardrails.md. */
export const concerns: Readonly<Record<string, readonly Rule[]>> = {
  "Encryption at rest": [...encryptionRules, ...keyRules],
  "Encryption in transit": tlsRules,
  "Public exposure": exposureRules,
  "The way in": edgeRules,
  "Identity and permissions": iamRules,
  Secrets: secretRules,
  Images: imageRules,
  Cluster: clusterRules,
  Workload: [...containerRules, ...podRules, ...namespaceRules],
  Functions: lambdaRules,
  "Resilience and backups": resilienceRules,
  "Logs and alarms": observabilityRules,
  "Endpoints of AWS services": endpointRules,
  Tags: taggingRules,
  "Placeholders of this repository": placeholderRules,
};

export const rules: readonly Rule[] = Object.values(concerns).flat();
