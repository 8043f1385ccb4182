import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { logEvents } from "../../../app/contract/log-events.ts";
import { eventPattern } from "../../../infra/workload/event-pattern.ts";
import {
  type AlarmRule,
  type AlarmState,
  type Series,
  stateOf,
  tells,
} from "../../support/alarm-evaluator.ts";
import { metricMath } from "../../support/metric-math.ts";
import { signals, slowQueryPattern, workerSignal } from "../../support/signals.ts";
import { at, type Plan, planning, planOf } from "../support/plan.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const compositeType = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const stacks = ["staging", "production"] as const;

/** Data of one metric, or of each metric of an expression by its id. */
type Data = Series | Readonly<Record<string, Series>>;
interface Proof {
  /** Names of the alarms, without `bulwark-<environment>-`. */
  of: RegExp;
  rings: Data;
  quiet: Data;
}

const no = undefined;
const gib = 2 ** 30;
const times = (count: number, value: number | undefined) => Array.from({ length: count }, () => value);
/** Free space that shrinks by so many GiB an hour. */
const shrinking = (gibAnHour: number) =>
  Array.from({ length: 8 }, (_, hour) => (60 - hour * gibAnHour) * gib);
const nodes = (one: Series, two: Series) => ({ node1: one, node2: two });

const proofs: readonly Proof[] = [
  // Nothing but the load balancer's own answers, and one failed request of a quiet night.
  {
    of: /http-server-errors$/,
    rings: { target: times(5, no), balancer: [no, no, 9, 9, 9], requests: [80, 80, no, no, no] },
    quiet: { target: [1, 1, no, no, no], balancer: times(5, no), requests: [2, 3, no, no, no] },
  },
  { of: /http-no-host$/, rings: { hosts: times(3, no) }, quiet: { hosts: [0, 0, 1] } },
  { of: /http-few-hosts$/, rings: { hosts: times(15, 1) }, quiet: { hosts: [...times(14, 1), 3] } },
  { of: /http-latency-p95$/, rings: [1.2, 1.1, 1.01], quiet: [9, 1, 9] },
  { of: /http-latency-p99$/, rings: [3.1, 4, 5], quiet: [2.9, no, no] },
  { of: /http-quiet$/, rings: [no], quiet: [1] },
  { of: /process-database-away$/, rings: [1, 1, 1], quiet: [1, 1, 0] },
  { of: /process-web-sockets$/, rings: [1_000_000], quiet: [10] },
  { of: /process-queue-depth$/, rings: [no, 2_000, 1_001], quiet: [2_000, 1_000, 2_000] },
  { of: /process-queue-age$/, rings: [no, no, no], quiet: [9, 0, 9] },
  { of: /process-restarts$/, rings: [60], quiet: [8] },
  { of: /database-disk-bulwark/, rings: times(6, gib), quiet: [...times(5, gib), 90 * gib] },
  { of: /database-disk-nearly-full$/, rings: [gib / 2], quiet: [9 * gib] },
  { of: /database-disk-forecast$/, rings: { free: shrinking(11) }, quiet: { free: shrinking(0.1) } },
  { of: /database-slow-queries$/, rings: [1], quiet: [0] },
  { of: /database-cpu$/, rings: [81, 99, 90], quiet: [99, 99, 80] },
  { of: /database-connections$/, rings: [5_000], quiet: [60] },
  { of: /database-memory$/, rings: times(3, gib / 20), quiet: [gib / 20, 8 * gib, no] },
  { of: /cache-memory$/, rings: nodes([81], [20]), quiet: nodes([80], [80]) },
  { of: /cache-evictions$/, rings: nodes([1], [0]), quiet: nodes([0], [0]) },
  { of: /cache-cpu$/, rings: nodes([81, 90, 90], [no, no, no]), quiet: nodes([90, 80, 90], [1, 1, 1]) },
  { of: /cache-lag$/, rings: nodes([no, no, no], [31, 40, 50]), quiet: nodes([no, no, no], [31, 30, 31]) },
  { of: /log-failed-logins$/, rings: [11], quiet: [10] },
  { of: /log-rate-limited$/, rings: [101], quiet: [100] },
  { of: /log-secret-(refresh|refused)$/, rings: [1], quiet: [0] },
  { of: /log-silence$/, rings: [no, no], quiet: [no, 2] },
  { of: /edge-blocked$/, rings: [501], quiet: [no] },
  { of: /edge-certificate$/, rings: [29], quiet: [no] },
  {
    of: /network-nat-ports$/,
    rings: { gateway1: [1], gateway2: [0], gateway3: [0] },
    quiet: { gateway1: [0], gateway2: [0], gateway3: [no] },
  },
  { of: /secrets-[\w-]+-errors$/, rings: [1], quiet: [no] },
  { of: /rotation-dead-letters-1$/, rings: [1], quiet: [0] },
  { of: /secrets-(overdue|unused)$/, rings: [no], quiet: [0] },
  { of: /schedule-(power-errors|dropped)$/, rings: [1], quiet: [no] },
];

const ruleSchema = z.object({
  comparisonOperator: z.string(),
  threshold: z.number(),
  evaluationPeriods: z.number(),
  datapointsToAlarm: z.number().optional(),
  treatMissingData: z.string(),
});
const queriesSchema = z
  .array(
    z.object({
      id: z.string(),
      expression: z.string().optional(),
      period: z.number().optional(),
      metric: z.object({ period: z.number() }).optional(),
    }),
  )
  .optional();

/** What the alarm compares with its threshold, given the data of its metrics. */
function comparedBy(inputs: Record<string, unknown>, data: Data): Series {
  if (Array.isArray(data)) return data;
  const queries = queriesSchema.parse(inputs.metricQueries) ?? [];
  const all = z.record(z.string(), z.array(z.union([z.number(), z.undefined()]))).parse(data);
  const result = queries.find(({ expression }) => expression !== undefined);
  if (result?.expression === undefined) throw new TypeError("no expression");
  if (result.expression.startsWith("SELECT ")) return all[result.id] ?? [];
  const used = queries.filter(({ metric }) => metric !== undefined);
  return metricMath(result.expression, {
    periodSeconds: used[0]?.metric?.period ?? 60,
    metrics: Object.fromEntries(used.map(({ id }) => [id, all[id] ?? []])),
  });
}

const shortName = (stack: string, name: string) => name.replace(`bulwark-${stack}-`, "");
const ruleOf = (inputs: Record<string, unknown>): AlarmRule => ruleSchema.parse(inputs);

describe("S11 the evaluator of alarms", () => {
  const states: Record<string, AlarmState | "retained"> = {
    A: "ALARM",
    O: "OK",
    I: "INSUFFICIENT_DATA",
    R: "retained",
  };
  // The two tables of "Configuring how CloudWatch alarms treat missing data": missing, ignore, breaching, notBreaching.
  it.each([
    [3, "0 - X - X", "O O O O"],
    [3, "- - - - 0", "O O O O"],
    [3, "- - - - -", "I R A O"],
    [3, "0 X X - X", "A A A A"],
    [3, "- - X - -", "A R A O"],
    [2, "0 - X - X", "A A A A"],
    [2, "0 0 X 0 X", "A A A A"],
    [2, "0 - X - -", "O O A O"],
    [2, "- - - - 0", "O O A O"],
    [2, "- - - - X", "A R A O"],
  ])("S11 judges %i of 3 with %s as AWS's table says: %s", (datapointsToAlarm, points, expected) => {
    const series = points.split(" ").map((point) => ({ "0": 0, X: 1 })[point]);
    const found = ["missing", "ignore", "breaching", "notBreaching"].map((treatMissingData) => {
      const rule = { comparisonOperator: "GreaterThanThreshold", threshold: 0, evaluationPeriods: 3 };
      const judge = (before: AlarmState) =>
        stateOf({ ...rule, datapointsToAlarm, treatMissingData }, series, before);
      return judge("OK") === judge("ALARM") ? judge("OK") : "retained";
    });
    expect(found).toEqual(expected.split(" ").map((letter) => states[letter]));
  });
});

describe.each(stacks)("S11 each alarm of %s", (stack) => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await planOf(stack);
  }, planning);

  it("S11 rings for its trouble and is quiet otherwise; an alarm without such data fails here", () => {
    const wrong = plan.all(alarmType).flatMap(({ name, inputs }) => {
      const mine = proofs.filter(({ of }) => of.test(shortName(stack, name)));
      const [proof] = mine;
      if (proof === undefined || mine.length > 1) return [`${name} has ${mine.length} proofs`];
      const judge = (data: Data, before: AlarmState) =>
        stateOf(ruleOf(inputs), comparedBy(inputs, data), before);
      return [
        ...(judge(proof.rings, "OK") === "ALARM" ? [] : [`${name} does not ring`]),
        ...(judge(proof.quiet, "OK") === "OK" ? [] : [`${name} rings without trouble`]),
      ];
    });
    expect(wrong).toEqual([]);
    expect(plan.all(alarmType).length).toBeGreaterThan(30);
  });

  it("S11 says what silence means, tells a topic by itself or as a part, and fits the mute rules", () => {
    const composites = plan.all(compositeType);
    const rules = composites.map(({ inputs }) => String(inputs.alarmRule)).join();
    for (const { name, inputs } of plan.all(alarmType)) {
      expect(inputs.alarmDescription, name).toMatch(
        /No data counts as (trouble|well|no news): .+\. Runbook: /,
      );
      expect(String(inputs.alarmDescription).length, name).toBeLessThan(1_024);
      const isPart = rules.includes(`ALARM("${name}")`);
      expect(inputs.alarmActions, name).toHaveLength(isPart ? 0 : 1);
      expect(inputs.okActions, name).toEqual(inputs.alarmActions);
    }
    for (const { inputs } of composites) expect(inputs.alarmActions).toHaveLength(1);
  });
});

describe("S11 the filters of logs", () => {
  it("S11 are those whose lines test/app/signals.test.ts and test/app/worker.test.ts take from the real processes, and that of MySQL", async () => {
    const filters = (await planOf("production")).all("aws:cloudwatch/logMetricFilter:LogMetricFilter");
    const patterns = filters.map(({ inputs }) => String(inputs.pattern));
    const known = [
      ...[...signals, workerSignal].map((signal) => eventPattern(logEvents[signal])),
      slowQueryPattern,
    ];
    expect(new Set(patterns)).toEqual(new Set(known));
    const values = filters.map(({ inputs }) => at(inputs, "metricTransformation.value"));
    expect(new Set(values)).toEqual(
      new Set(["1", ...["databaseAway", "webSockets", "waiting"].map((sign) => `$.log_processed.${sign}`)]),
    );
  });
});

describe.each(stacks)("S11 the dashboard of %s", (stack) => {
  const widgetSchema = z.object({
    x: z.number(),
    y: z.number(),
    width: z.number(),
    height: z.number(),
    properties: z.looseObject({
      title: z.string(),
      alarms: z.array(z.string()).default([]),
      metrics: z.array(z.array(z.unknown())).default([]),
      annotations: z.object({ horizontal: z.array(z.object({ value: z.number() })) }).optional(),
    }),
  });
  const widgetsOf = (plan: Plan) => {
    const body = String(plan.one("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody);
    return z.object({ widgets: z.array(widgetSchema) }).parse(JSON.parse(body)).widgets;
  };

  it("S11 draws the metric of each alarm, with its threshold, and shows the state of each", async () => {
    const plan = await planOf(stack);
    const widgets = widgetsOf(plan);
    const alarms = plan.all(alarmType).filter(({ name }) => !name.includes("-schedule-"));
    for (const { name, inputs } of alarms) {
      const metrics = z.array(z.looseObject({ metric: z.object({ metricName: z.string() }).optional() }));
      const queries = metrics.optional().parse(inputs.metricQueries) ?? [];
      const read = queries
        .flatMap(({ metric }) => metric?.metricName ?? [])
        .concat(String(inputs.metricName ?? ""));
      const drawn = widgets.filter(
        ({ properties }) =>
          properties.annotations?.horizontal.some(({ value }) => value === inputs.threshold) &&
          properties.metrics.some(
            (metric) =>
              read.includes(String(metric[1])) ||
              JSON.stringify(metric).includes("SELECT MIN(HealthyHostCount)"),
          ),
      );
      expect(drawn.length, name).toBeGreaterThan(0);
    }
    const states = widgets.flatMap(({ properties }) => properties.alarms);
    expect(states).toHaveLength(alarms.length + plan.all(compositeType).length);
  });

  it("S11 fits one screen: 24 columns without gap or overlap, and has requests, routes, releases, backups and the bill", async () => {
    const widgets = widgetsOf(await planOf(stack));
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from(
        { length: width * height },
        (_, index) => `${x + (index % width)},${y + Math.floor(index / width)}`,
      ),
    );
    const rows = Math.max(...widgets.map(({ y, height }) => y + height));
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length).toBe(24 * rows);
    expect(rows).toBeLessThanOrEqual(22);
    const text = JSON.stringify(widgets);
    for (const shown of [
      "RequestCount",
      "ProcessStarts",
      "log_processed.route",
      "AWS/Backup",
      "EstimatedCharges",
    ])
      expect(text).toContain(shown);
  });
});

describe("S11 one outage", () => {
  /** Who is told, by the names of the alarms that ring. */
  const toldOf = async (...ringing: string[]) => {
    const plan = await planOf("production");
    const named = (name: string) => `bulwark-production-alarm-${name}`;
    const states = new Map(ringing.map((name): [string, AlarmState] => [named(name), "ALARM"]));
    const composites = plan.all(compositeType).map(({ inputs }) => ({
      name: String(inputs.alarmName),
      alarmRule: String(inputs.alarmRule),
      suppressor: z.string().parse(at(inputs, "actionsSuppressor.alarm")),
      topic: at(inputs, "alarmActions.0"),
    }));
    // From parts to wholes: a composite can suppress another.
    for (const { name, alarmRule } of composites)
      if (tells({ alarmRule, suppressor: undefined }, states)) states.set(name, "ALARM");
    const single = plan.all(alarmType).filter(({ name }) => states.has(name));
    return [
      ...single.map(({ name, inputs }) => ({ name, topic: at(inputs, "alarmActions.0") })),
      ...composites.filter((composite) => tells(composite, states)),
    ]
      .filter(({ topic }) => topic !== undefined)
      .map(
        ({ name, topic }) =>
          `${/-topic-(page|notify|security)/.exec(String(topic))?.[1]}: ${shortName("production", name)}`,
      );
  };
  const followers = [
    "http-server-errors",
    "http-no-host",
    "http-few-hosts",
    "http-latency-p95",
    "http-latency-p99",
  ];

  it("S11 pages once when the database is away, and the page names what is silent", async () => {
    expect(await toldOf("process-database-away", ...followers)).toEqual([
      "page: alarm-process-database-away",
    ]);
    const [page] = (await planOf("production")).all(alarmType, "database-away");
    expect(page?.inputs.alarmDescription).toContain(
      "Silent meanwhile, as its consequence: bulwark-production-alarm-outage",
    );
  });

  it("S11 pages once when the API is down for another cause, and notifies where it is only slow", async () => {
    expect(await toldOf(...followers)).toEqual(["page: alarm-outage"]);
    expect(await toldOf("http-latency-p95", "http-latency-p99")).toEqual(["notify: alarm-outage-degraded"]);
  });

  it("S11 waits for the alarm of its cause, and makes what it names first", async () => {
    const plan = await planOf("production");
    for (const composite of plan.all(compositeType)) {
      expect(at(composite.inputs, "actionsSuppressor.waitPeriod")).toBe(120);
      const named = [...plan.all(alarmType), ...plan.all(compositeType)].filter(({ name }) =>
        [composite.inputs.alarmRule, at(composite.inputs, "actionsSuppressor.alarm")].some((text) =>
          `"${String(text)}"`.includes(`"${name}"`),
        ),
      );
      expect(named.length).toBeGreaterThan(2);
      for (const earlier of named) expect(plan.waitsFor(composite, earlier), earlier.name).toBe(true);
    }
  });
});
