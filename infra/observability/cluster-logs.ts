export const monitoringNamespace = "amazon-cloudwatch";
