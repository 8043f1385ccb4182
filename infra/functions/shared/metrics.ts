/** Numbers by the name of their metric. */
export type MetricFigures = Readonly<Record<string, number>>;

/**
 * One line of log from which CloudWatch makes metrics by itself, so that a function needs no right to put any. The namespace
 * names the environment; further dimensions there are none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const metricLine = (namespace: string, figures: MetricFigures, now: Date): string =>
  JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[]],
          Metrics: Object.keys(figures).map((Name) => ({ Name, Unit: "Count" })),
        },
      ],
    },
    ...figures,
  });

/**
 * Writes them where CloudWatch reads. Not by console.log: Lambda wraps what comes from there into a record of its own, and a
 * metric inside a record is none.
 */
export const writeMetrics = (namespace: string, figures: MetricFigures): void => {
  process.stdout.write(`${metricLine(namespace, figures, new Date())}\n`);
};
