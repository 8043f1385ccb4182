import { type Panel, panelOf, rows } from "./dashboard-panels.ts";

/** What an alarm measures, as CloudWatch has it. */
export interface AlarmFacts {
  name: string;
  threshold?: number | undefined;
  comparisonOperator?: string | undefined;
  namespace?: string | undefined;
  metricName?: string | undefined;
  dimensions?: Record<string, string> | undefined;
  statistic?: string | undefined;
  extendedStatistic?: string | undefined;
  period?: number | undefined;
  metricQueries?: readonly Query[] | undefined;
}

interface Query {
  id: string;
  expression?: string | undefined;
  label?: string | undefined;
  period?: number | undefined;
  metric?:
    | {
        namespace?: string | undefined;
        metricName: string;
        dimensions?: Record<string, string> | undefined;
        period: number;
        stat: string;
      }
    | undefined;
}

/** What the dashboard shows besides the alarms. */
export interface DashboardFacts {
  region: string;
  metricNamespace: string;
  /** Dimension of the load balancer's metrics. */
  loadBalancer: string;
  logGroupName: string;
  backupVaultName: string;
  /** USD a month; a line in the graph of the bill. */
  monthlyBudgetUsd: number | undefined;
  /** Arns of the alarms and composite alarms whose states stand in the first line. */
  alarmArns: readonly string[];
}

type Metric = readonly unknown[];
/** A threshold; the side on which the alarm rings is shaded. */
interface Line {
  label: string;
  value: number;
  fill?: "above" | "below";
}
interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

const graphHeight = 4;
const statesHeight = 3;

/** The dashboard as CloudWatch takes it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(facts: DashboardFacts, alarms: readonly AlarmFacts[]) {
  const states = {
    type: "alarm",
    ...placed({ x: 0, y: 0, width: 24, height: statesHeight }),
    properties: { title: "Alarms", alarms: [...facts.alarmArns] },
  };
  const graphs = rows.flatMap((row, index) => {
    const y = statesHeight + index * graphHeight;
    let x = index === 0 ? 4 : 0;
    return row.map((panel) => {
      const place = { x, y, width: panel.width, height: graphHeight };
      x += panel.width;
      return panelGraph(facts, panel, place, alarms);
    });
  });
  return { periodOverride: "inherit", widgets: [states, ...graphs, ...besides(facts)] };
}

const placed = ({ x, y, width, height }: Place) => ({ x, y, width, height });

function graph(
  { region }: DashboardFacts,
  title: string,
  place: Place,
  metrics: readonly Metric[],
  lines: readonly Line[],
  more: Record<string, unknown> = {},
) {
  return {
    type: "metric",
    ...placed(place),
    properties: {
      title,
      region,
      view: "timeSeries",
      legend: { position: "hidden" },
      metrics,
      annotations: { horizontal: lines.map((line) => ({ ...line, color: "#d62728" })) },
      ...more,
    },
  };
}

function panelGraph(facts: DashboardFacts, panel: Panel, place: Place, alarms: readonly AlarmFacts[]) {
  const mine = alarms.filter(({ name }) => panelOf(name) === panel);
  const metrics = new Map(mine.flatMap(metricsOf).map((metric) => [JSON.stringify(metric), metric]));
  const lines = mine.flatMap(({ threshold: value, name, comparisonOperator }): Line[] => {
    const label = name.replace(/^bulwark-[^-]+-(alarm-)?/, "");
    const fill = comparisonOperator?.startsWith("Less") ? "below" : "above";
    return value === undefined ? [] : [{ label, value, fill }];
  });
  const distinct = new Map(lines.map((line) => [line.value, line]));
  return graph(facts, panel.title, place, [...metrics.values()], [...distinct.values()]);
}

/** The metrics of an alarm; what an expression reads stays invisible. */
function metricsOf(alarm: AlarmFacts): Metric[] {
  if (alarm.metricQueries === undefined || alarm.metricQueries.length === 0) {
    const stat = alarm.statistic ?? alarm.extendedStatistic;
    return [metricOf(alarm.namespace, alarm.metricName, alarm.dimensions, { stat, period: alarm.period })];
  }
  return alarm.metricQueries.map(({ id, expression, label, period, metric }) =>
    metric === undefined
      ? [{ id, expression, label, period }]
      : metricOf(metric.namespace, metric.metricName, metric.dimensions, {
          id,
          stat: metric.stat,
          period: metric.period,
          visible: false,
        }),
  );
}

const metricOf = (
  namespace: string | undefined,
  metricName: string | undefined,
  dimensions: Record<string, string> | undefined,
  options: Record<string, unknown>,
): Metric => [namespace, metricName, ...Object.entries(dimensions ?? {}).flat(), options];

/** What no alarm measures: requests with the releases, routes, backups, the bill. */
function besides(facts: DashboardFacts) {
  const { metricNamespace, loadBalancer, logGroupName, backupVaultName, region, monthlyBudgetUsd } = facts;
  const last = statesHeight + (rows.length - 1) * graphHeight;
  const requests = metricOf(
    "AWS/ApplicationELB",
    "RequestCount",
    { LoadBalancer: loadBalancer },
    { stat: "Sum", period: 60 },
  );
  // A release starts each pod once: its mark is there without anybody who puts it.
  const starts = metricOf(metricNamespace, "ProcessStarts", {}, { stat: "Sum", period: 60, yAxis: "right" });
  return [
    graph(
      facts,
      "Requests, releases (right)",
      { x: 0, y: statesHeight, width: 4, height: graphHeight },
      [requests, starts],
      [],
    ),
    {
      type: "log",
      ...placed({ x: 16, y: statesHeight, width: 8, height: graphHeight }),
      properties: {
        title: "Routes",
        region,
        view: "table",
        query: `SOURCE '${logGroupName}' | ${routesQuery}`,
      },
    },
    graph(
      facts,
      "Backup jobs a day",
      { x: 21, y: last, width: 3, height: graphHeight },
      [
        [
          {
            expression: `SEARCH('Namespace="AWS/Backup" BackupVaultName="${backupVaultName}" Jobs', 'Sum', 86400)`,
          },
        ],
      ],
      [],
    ),
    graph(
      { ...facts, region: "us-east-1" },
      "Bill of the account this month, USD",
      { x: 0, y: last + graphHeight, width: 24, height: 3 },
      [metricOf("AWS/Billing", "EstimatedCharges", { Currency: "USD" }, { stat: "Maximum", period: 21_600 })],
      monthlyBudgetUsd === undefined ? [] : [{ label: "budget of the environment", value: monthlyBudgetUsd }],
    ),
  ];
}

const routesQuery = [
  'filter log_processed.type = "request"',
  "stats count(*) as requests, pct(log_processed.durationMs, 95) as p95Ms, sum(log_processed.status >= 500) as errors by log_processed.method as method, log_processed.route as route",
  "sort requests desc",
  "limit 8",
].join(" | ");
