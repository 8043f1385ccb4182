/** Numbers by the name of their metric. */
export type MetricFigures = Readonly<Record<string, number>>;

/**
 * One log line from which CloudWatch itself makes metrics, so that a function needs no right to put them. The namespace names
 * the environment; there are no dimensions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const metricLine = (namespace: string, figures: MetricFigures, now: Date): string =>
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
 * Writes them where CloudWatch reads. It avoids console.log: Lambda wraps that output into a record, and CloudWatch ignores a
 * metric inside a record.
 */
export const writeMetrics = (namespace: string, figures: MetricFigures): void => {
  process.stdout.write(`${metricLine(namespace, figures, new Date())}\n`);
};
