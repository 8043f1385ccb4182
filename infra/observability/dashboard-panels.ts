/** A graph of the dashboard: the metrics of these alarms, their thresholds as lines. */
export interface Panel {
  title: string;
  /** Names of the alarms, without the environment's. */
  alarms: RegExp;
  /** Columns of 24. */
  width: number;
}

/** The rows of the dashboard, from what users notice to what care takes. Every alarm is in one panel: a test holds that. */
export const rows: readonly (readonly Panel[])[] = [
  [
    { title: "Server errors, % of requests", alarms: /alarm-http-server-errors$/, width: 4 },
    { title: "Latency p95 and p99, s", alarms: /alarm-http-latency-/, width: 4 },
    { title: "Pods ready", alarms: /alarm-http-(no-host|few-hosts)$/, width: 4 },
    // The route table and the requests take the rest.
  ],
  [
    { title: "Database: CPU, %", alarms: /alarm-database-cpu$/, width: 4 },
    { title: "Database: connections", alarms: /alarm-database-connections$/, width: 4 },
    { title: "Database: free memory, bytes", alarms: /alarm-database-memory$/, width: 4 },
    { title: "Database: free disk, bytes", alarms: /alarm-database-disk-(?!forecast)/, width: 4 },
    { title: "Database: days of disk left", alarms: /alarm-database-disk-forecast$/, width: 4 },
    { title: "Database: slow statements", alarms: /alarm-database-slow-queries$/, width: 4 },
  ],
  [
    { title: "Cache: memory, %", alarms: /alarm-cache-memory$/, width: 3 },
    { title: "Cache: CPU, %", alarms: /alarm-cache-cpu$/, width: 3 },
    { title: "Cache: evictions", alarms: /alarm-cache-evictions$/, width: 3 },
    { title: "Cache: lag, s", alarms: /alarm-cache-lag$/, width: 3 },
    { title: "WebSockets of a pod", alarms: /alarm-process-web-sockets$/, width: 3 },
    { title: "Database away", alarms: /alarm-process-database-away$/, width: 3 },
    { title: "Queue: jobs that wait", alarms: /alarm-process-queue-/, width: 3 },
    { title: "Starts of processes", alarms: /alarm-process-restarts$/, width: 3 },
  ],
  [
    { title: "Sign-ins, requests refused", alarms: /alarm-(log-(failed|rate)|edge-blocked$)/, width: 4 },
    { title: "Secrets overdue or refused", alarms: /alarm-(secrets-|log-secret-)/, width: 4 },
    { title: "Failures of rotations", alarms: /-errors$|-dead-letters-1$|-dropped$/, width: 4 },
    { title: "Certificate, days", alarms: /alarm-edge-certificate$/, width: 3 },
    { title: "NAT ports lacking", alarms: /alarm-network-nat-ports$/, width: 3 },
    { title: "Log lines arriving", alarms: /alarm-log-silence$/, width: 3 },
  ],
];

/** The first panel that an alarm is in; the others do not draw it. */
export const panelOf = (alarm: string): Panel | undefined =>
  rows.flat().find(({ alarms }) => alarms.test(alarm));
