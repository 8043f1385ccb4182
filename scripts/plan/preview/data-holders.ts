/** A type of resource whose replacement or removal loses something. */
export interface Holder {
  holds: string;
  fix: string;
}

const restoreElsewhere =
  "Put it back; or take a backup (npm run backup), and restore it into what takes its place: docs/runbooks/restore.md";
const keep = "Put it back, or make sure that nothing needs it any more.";

export const holders: Readonly<Record<string, Holder>> = {
  "aws:rds/instance:Instance": {
    holds: "the database and all that is in it",
    fix: restoreElsewhere,
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    holds: "everything in the cache",
    fix: "Put it back; or make a snapshot first, and name it as snapshotName of what takes its place.",
  },
  "aws:ec2/vpc:Vpc": {
    holds: "the network with database, cache and cluster in it",
    fix: "A network's range is for life. Put it back; or make another environment, restore a backup there and move the traffic.",
  },
  "aws:ec2/subnet:Subnet": {
    holds:
      "the interfaces of what stands in it: AWS deletes no subnet in use, so the deployment ends half-way",
    fix: "Put it back; fewer zones mean another environment, a restored backup, and the traffic moved there.",
  },
  "aws:backup/vault:Vault": {
    holds: "the backups",
    fix: keep,
  },
  "aws:kms/key:Key": { holds: "the key to all that it encrypted, backups too", fix: keep },
  "aws:secretsmanager/secret:Secret": {
    holds: "its value",
    fix: keep,
  },
  "aws:s3/bucket:Bucket": { holds: "its objects", fix: keep },
  "aws:ecr/repository:Repository": {
    holds: "the images that pods are started from",
    fix: keep,
  },
};
