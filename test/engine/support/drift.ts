/**
 * Types whose resources the emulator does not describe as they were made, with what it leaves out. A refresh of these says
 * nothing about the program, so the test leaves them out of it.
 */
export const emulatorsDrift: ReadonlyMap<string, string> = new Map([
  ["aws:cloudwatch/metricAlarm:MetricAlarm", "actions, description, dimensions, period"],
]);
