/** When free space is too little: below so much, for so long. */
export interface DiskLimit {
  belowBytes: number;
  /** A multiple of five. */
  minutes: number;
}

const gibibyte = 2 ** 30;

/**
 * Limits of the free space of a disk that RDS makes larger by itself: it sets out once at most a tenth has been free for five
 * minutes, and the new size is there some minutes later. It cannot above the ceiling, while an earlier change goes on (up to six hours, or
 * longer), or where the account's quota is used up; and a bulk load may be faster.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
 * @param allocatedGib size of the disk, GiB
 * @param freePercent free space that is too little after half an hour, per cent
 */
export const diskLimits = (
  allocatedGib: number,
  freePercent: number,
): { notGrown: DiskLimit; nearlyFull: DiskLimit } => ({
  notGrown: { belowBytes: Math.floor((allocatedGib * gibibyte * freePercent) / 100), minutes: 30 },
  nearlyFull: { belowBytes: Math.floor(allocatedGib * gibibyte * 0.05), minutes: 5 },
});
