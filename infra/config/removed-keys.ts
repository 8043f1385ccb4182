/** Keys that earlier releases had, by path, with the reason why they are gone: an error names it. */
export const removedKeys: Readonly<Record<string, string>> = {
  "network.availabilityZones":
    "not a key any more: network.zones names the zones themselves, so that they stay",
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, "Limitations"
  "database.readReplicas":
    "not a key any more: RDS makes no read replica of a MySQL instance whose master password it manages, and nothing here reads from one",
};
