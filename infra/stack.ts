import type { StackEnvironment } from "./config/load.ts";
import {
  admitWorkload,
  makeAlarms,
  makeBackup,
  makeCache,
  makeCluster,
  makeClusterLogs,
  makeCredentials,
  makeDatabase,
  makeDatabaseEvents,
  makeDnsRecord,
  makeEdge,
  makeImageRepository,
  makeKeys,
  makeNetwork,
  makeSchedule,
  makeTopics,
  makeTrail,
  makeWorkload,
} from "./parts.ts";
import { siteOf } from "./site.ts";

/** The table of contents: every part of an environment, in the order in which it is made. */
export function deployStack(environment: StackEnvironment) {
  const site = siteOf(environment);
  const keys = makeKeys(site);
  const topics = makeTopics(site, keys);
  makeTrail(site, keys);
  const network = makeNetwork(site, keys);
  const database = makeDatabase(site, keys, network);
  const cache = makeCache(site, keys, network);
  const data = { network, database, cache };
  const credentials = makeCredentials(site, keys, data);
  makeBackup(site, keys, database, topics);
  makeDatabaseEvents(site, database, topics);
  const images = makeImageRepository(site, keys);
  const cluster = makeCluster(site, keys, network);
  const doors = admitWorkload(data, cluster);
  const logs = makeClusterLogs(site, keys, cluster);
  const edge = makeEdge(site, keys);
  const workload = makeWorkload(site, keys, { ...data, ...edge, cluster, images, credentials, doors });
  const dns = makeDnsRecord(site, workload);
  const watched = { topics, database, credentials, workload, logs };
  const alarms = makeAlarms(site, watched);
  makeSchedule(site, keys, { ...data, ...watched, cluster, alarms });

  return {
    /** Where the API answers; without a domain by HTTP only, under the load balancer's own name. */
    url:
      dns === undefined
        ? workload.loadBalancer.dnsName.apply((name) => `http://${name}`)
        : dns.fqdn.apply((name) => `https://${name}`),
    clusterName: cluster.clusterName,
    imageRepository: images.repositoryUrl,
    databaseHost: database.host,
    cacheHost: cache.host,
    secretArns: credentials.arns,
    /** Addresses that the stack's own requests come from, for partners' allow lists. */
    natPublicIps: network.natPublicIps,
    bootstrap: credentials.bootstrapSummary,
    rotation: credentials.rotationSummary,
  };
}
