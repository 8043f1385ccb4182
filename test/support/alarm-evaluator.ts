/** What CloudWatch knows of an alarm when it evaluates it. */
export interface AlarmRule {
  comparisonOperator: string;
  threshold: number;
  evaluationPeriods: number;
  datapointsToAlarm?: number | undefined;
  treatMissingData?: string | undefined;
}
export type AlarmState = "ALARM" | "OK" | "INSUFFICIENT_DATA";
/** Data points of the evaluation range, the newest last; undefined: no data came. */
export type Series = readonly (number | undefined)[];

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * The state of a metric alarm after a range of data points: M of the newest N that exist must breach. Where fewer than N exist,
 * those that lack are filled in as the alarm treats missing data.
 * Source: "Configuring how CloudWatch alarms treat missing data" in the Amazon CloudWatch user guide, whose two tables of
 * examples this is tested with.
 */
export function stateOf(rule: AlarmRule, series: Series, before: AlarmState): AlarmState {
  const breaches = comparisons[rule.comparisonOperator];
  if (breaches === undefined) throw new TypeError(`no comparison: ${rule.comparisonOperator}`);
  const { evaluationPeriods, datapointsToAlarm = evaluationPeriods } = rule;
  const real = series.filter((value) => value !== undefined).slice(-evaluationPeriods);
  const breaching = real.filter((value) => breaches(value, rule.threshold)).length;
  const lacking = evaluationPeriods - real.length;
  if (breaching >= datapointsToAlarm) return "ALARM";
  if (rule.treatMissingData === "breaching") return breaching + lacking >= datapointsToAlarm ? "ALARM" : "OK";
  if (lacking === 0 || rule.treatMissingData === "notBreaching" || breaching < real.length) return "OK";
  if (rule.treatMissingData === "ignore") return before;
  return real.length === 0 ? "INSUFFICIENT_DATA" : "ALARM";
}

/** Whether a composite alarm tells somebody in these states of others: its rule holds, and its suppressor is quiet. */
export function tells(
  composite: { alarmRule: string; suppressor: string | undefined },
  stateByName: ReadonlyMap<string, AlarmState>,
): boolean {
  const rings = (name: string) => stateByName.get(name) === "ALARM";
  const parts = [...composite.alarmRule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  if (composite.alarmRule !== parts.map((name) => `ALARM("${name}")`).join(" OR "))
    throw new TypeError(`more than a disjunction: ${composite.alarmRule}`);
  return parts.some(rings) && !(composite.suppressor !== undefined && rings(composite.suppressor));
}
