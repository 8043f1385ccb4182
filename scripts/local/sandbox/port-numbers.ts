/** TCP ports on 127.0.0.1. */
export interface Ports {
  https: number;
  http: number;
  mysql: number;
  redis: number;
  aws: number;
}

/** What was asked for; 0: any free one. */
export type AskedPorts = Partial<Record<keyof Ports, number | undefined>>;

export const portNames = ["https", "http", "mysql", "redis", "aws"] as const satisfies (keyof Ports)[];

/** Below the range that systems take outgoing ports from, and away from the servers' own well-known numbers. */
export const standardPorts: Ports = { https: 8443, http: 8080, mysql: 13306, redis: 16379, aws: 14566 };

export const withDefaults = (asked: AskedPorts): Ports => ({
  ...standardPorts,
  ...Object.fromEntries(Object.entries(asked).filter(([, port]) => port !== undefined)),
});

/** Says which two want one port, if any do. */
export const sharedPort = (ports: Ports): string | undefined => {
  for (const [index, name] of portNames.entries()) {
    const other = portNames.slice(index + 1).find((one) => ports[one] !== 0 && ports[one] === ports[name]);
    if (other) return `--${name}-port and --${other}-port are both ${ports[name]}`;
  }
  return undefined;
};
