import { hoursPerMonth, priceOf } from "../../../../infra/cost/prices.ts";
import { idOf, kindOf } from "./fate.ts";

/** What something that was left behind costs, and the command that ends it. */
export interface Advice {
  costs: string;
  fix: string;
}

const monthly = (price: string): string => `${usd(priceOf(price).usd * hoursPerMonth)} USD a month`;
const perMonth = (price: string): string => `${usd(priceOf(price).usd)} USD a month`;
const perGigabyte = (price: string): string => `${priceOf(price).usd} USD a GB and month`;
const usd = (amount: number): string => amount.toFixed(amount < 10 ? 2 : 0);
const free = "nothing by itself";

const known: Readonly<Record<string, (id: string, arn: string) => Advice>> = {
  "ec2:natgateway": (id) => ({
    costs: monthly("vpc.nat-gateway"),
    fix: `aws ec2 delete-nat-gateway --nat-gateway-id ${id}`,
  }),
  "ec2:elastic-ip": (id) => ({
    costs: monthly("vpc.public-ipv4"),
    fix: `aws ec2 release-address --allocation-id ${id}`,
  }),
  "ec2:vpc-endpoint": (id) => ({
    costs: `${monthly("vpc.interface-endpoint")} and zone`,
    fix: `aws ec2 delete-vpc-endpoints --vpc-endpoint-ids ${id}`,
  }),
  "ec2:instance": (id) => ({
    costs: "its hours",
    fix: `aws ec2 terminate-instances --instance-ids ${id}`,
  }),
  "ec2:volume": (id) => ({ costs: perGigabyte("ebs.gp3"), fix: `aws ec2 delete-volume --volume-id ${id}` }),
  "ec2:network-interface": (id) => ({
    costs: free,
    fix: `aws ec2 delete-network-interface --network-interface-id ${id}`,
  }),
  "ec2:security-group": (id) => ({
    costs: free,
    fix: `aws ec2 delete-security-group --group-id ${id}`,
  }),
  "ec2:vpc": (id) => ({ costs: free, fix: `aws ec2 delete-vpc --vpc-id ${id}` }),
  "elasticloadbalancing:loadbalancer": (_id, arn) => ({
    costs: monthly("alb.hour"),
    fix: `aws elbv2 delete-load-balancer --load-balancer-arn ${arn}`,
  }),
  "elasticloadbalancing:targetgroup": (_id, arn) => ({
    costs: free,
    fix: `aws elbv2 delete-target-group --target-group-arn ${arn}`,
  }),
  "eks:cluster": (id) => ({ costs: monthly("eks.cluster"), fix: `aws eks delete-cluster --name ${id}` }),
  "rds:db": (id) => ({
    costs: "its hours and storage",
    fix: `aws rds delete-db-instance --skip-final-snapshot --db-instance-identifier ${id}`,
  }),
  "rds:snapshot": (id) => ({
    costs: perGigabyte("rds.backup"),
    fix: `aws rds delete-db-snapshot --db-snapshot-identifier ${id}`,
  }),
  "elasticache:replicationgroup": (id) => ({
    costs: "its hours",
    fix: `aws elasticache delete-replication-group --replication-group-id ${id}`,
  }),
  "elasticache:snapshot": (id) => ({
    costs: perGigabyte("elasticache.backup"),
    fix: `aws elasticache delete-snapshot --snapshot-name ${id}`,
  }),
  "backup:backup-vault": (id) => ({
    costs: `${perGigabyte("rds.backup")} in it`,
    fix: `aws backup list-recovery-points-by-backup-vault --backup-vault-name ${id}   # delete each, then the vault`,
  }),
  "kms:key": (id) => ({
    costs: perMonth("kms.key"),
    fix: `aws kms schedule-key-deletion --pending-window-in-days 7 --key-id ${id}`,
  }),
  "secretsmanager:secret": (_id, arn) => ({
    costs: perMonth("secretsmanager.secret"),
    fix: `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${arn}`,
  }),
  "logs:log-group": (id) => ({
    costs: perGigabyte("logs.kept"),
    fix: `aws logs delete-log-group --log-group-name ${id}`,
  }),
  "ecr:repository": (id) => ({
    costs: perGigabyte("ecr.storage"),
    fix: `aws ecr delete-repository --force --repository-name ${id}`,
  }),
  s3: (_id, arn) => ({
    costs: perGigabyte("s3.storage"),
    fix: `aws s3 rb --force s3://${arn.split(":").at(-1)}`,
  }),
};

/** Prices are those of the price table's region. */
export const adviceOn = (arn: string): Advice =>
  known[kindOf(arn)]?.(idOf(arn), arn) ?? {
    costs: "not known here",
    fix: `look at it in the console: ${arn}`,
  };
