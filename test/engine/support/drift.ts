/**
 * Types whose resources the emulator does not describe as they were made, with what it leaves out or adds. A refresh of these
 * says nothing about the program, so the test leaves them out of it.
 */
export const emulatorsDrift: ReadonlyMap<string, string> = new Map([
  ["aws:ec2/flowLog:FlowLog", "tags"],
  ["aws:rds/eventSubscription:EventSubscription", "tags"],
  ["aws:elasticache/parameterGroup:ParameterGroup", "a parameter that nobody set"],
  ["aws:elasticache/replicationGroup:ReplicationGroup", "that minor versions are followed"],
]);
