import { succeeded, textOf, withBody, xml } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { replaceElements, textIn, withElement, withTold } from "../xml.ts";

export interface DatabaseServer {
  host: string;
  port: number;
  /** Makes the secret of the master user, as RDS does for an instance that asks for it; returns its ARN. */
  masterSecret(resourceId: string): string;
}

/** What an instance was made or changed with, as far as the emulator does not tell it. */
interface Told {
  masterSecret: boolean;
  secretKey: string;
  optionGroup: string | undefined;
  logs: string[];
  form: URLSearchParams;
}

/** What an instance is made with and the emulator does not tell again, as it stands in call and answer. */
const untold = ["DatabaseInsightsMode", "PerformanceInsightsKMSKeyId", "PreferredBackupWindow"];

/**
 * Database instances: the address is the real server's, the master user's secret is there, and what the emulator takes
 * without a word and does not tell again is told.
 */
export function databaseInstances(server: DatabaseServer): Supplement {
  const told = new Map<string, Told>();

  const instance = (content: string): string => {
    const one = told.get(textIn(content, "DBInstanceIdentifier") ?? "");
    if (one === undefined) return content;
    const endpoint = `<Address>${server.host}</Address><Port>${server.port}</Port><HostedZoneId>Z2R2ITUGPM61AM</HostedZoneId>`;
    let result = withElement(withTold(content, one.form, untold), "Endpoint", endpoint);
    const logs = one.logs.map((log) => `<member>${log}</member>`).join("");
    result = withElement(result, "EnabledCloudwatchLogsExports", logs);
    if (one.optionGroup !== undefined) {
      const membership = `<OptionGroupMembership><OptionGroupName>${one.optionGroup}</OptionGroupName><Status>in-sync</Status></OptionGroupMembership>`;
      result = withElement(result, "OptionGroupMemberships", membership);
    }
    if (!one.masterSecret) return result;
    const arn = server.masterSecret(textIn(content, "DbiResourceId") ?? "");
    const secret = `<SecretArn>${arn}</SecretArn><SecretStatus>active</SecretStatus><KmsKeyId>${one.secretKey}</KmsKeyId>`;
    return withElement(result, "MasterUserSecret", secret);
  };

  return {
    calls: /^rds ((Create|Modify|Delete|Reboot|Describe)DBInstances?|DescribeDBInstanceAutomatedBackups)$/,
    answer: async (call, { emulator }) => {
      if (call.action.endsWith("AutomatedBackups")) return noBackups;
      const name = call.form.get("DBInstanceIdentifier") ?? "";
      const before = told.get(name);
      const answer = await emulator(call);
      if (!succeeded(answer)) return answer;
      if (/^(Create|Modify)/.test(call.action)) told.set(name, toldIn(call.form, before));
      const ids = valuesOf(call.form, "dbi-resource-id");
      const wanted = (content: string) =>
        ids === undefined || ids.includes(textIn(content, "DbiResourceId") ?? "");
      return withBody(
        answer,
        replaceElements(textOf(answer), "DBInstance", (content) =>
          wanted(content) ? instance(content) : undefined,
        ),
      );
    },
  };
}

/** Values of a filter of a Describe call: the emulator knows other filters, and lets everything through this one. */
function valuesOf(form: URLSearchParams, filter: string): string[] | undefined {
  const [key] = [...form].find(([at, value]) => /^Filters\..+\.Name$/.test(at) && value === filter) ?? [];
  const prefix = key?.replace(/Name$/, "Values.");
  return prefix === undefined
    ? undefined
    : [...form].filter(([at]) => at.startsWith(prefix)).map(([, value]) => value);
}

/** What was kept of deleted instances: nothing, since a deletion takes the automated backups along unless it says otherwise. */
const noBackups = xml(
  "<DescribeDBInstanceAutomatedBackupsResponse><DescribeDBInstanceAutomatedBackupsResult><DBInstanceAutomatedBackups/></DescribeDBInstanceAutomatedBackupsResult></DescribeDBInstanceAutomatedBackupsResponse>",
);

function toldIn(form: URLSearchParams, before: Told | undefined): Told {
  const all = (pattern: RegExp) => [...form].filter(([key]) => pattern.test(key)).map(([, value]) => value);
  const enabled = all(/^(EnableCloudwatchLogsExports|CloudwatchLogsExportConfiguration\.EnableLogTypes)\./);
  const disabled = all(/^CloudwatchLogsExportConfiguration\.DisableLogTypes\./);
  return {
    masterSecret: form.get("ManageMasterUserPassword") === "true" || (before?.masterSecret ?? false),
    secretKey: form.get("MasterUserSecretKmsKeyId") ?? before?.secretKey ?? "",
    optionGroup: form.get("OptionGroupName") ?? before?.optionGroup,
    form: new URLSearchParams({ ...Object.fromEntries(before?.form ?? []), ...Object.fromEntries(form) }),
    logs: [...new Set([...(before?.logs ?? []), ...enabled])].filter((log) => !disabled.includes(log)),
  };
}
