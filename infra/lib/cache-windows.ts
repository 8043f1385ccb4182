/** When ElastiCache works on the cache, UTC: after AWS Backup's and RDS's own hours. */
export const cacheWindows = { snapshot: "05:00-06:00", maintenance: "sun:07:00-sun:08:00" };
