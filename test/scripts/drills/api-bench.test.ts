import { join } from "node:path";
import { expect, it } from "vitest";
import { buildImage } from "../../../app/build.ts";
import { credentials } from "../../../scripts/drills/api-bench/credentials.ts";
import { exchangeNames, exchanges } from "../../../scripts/drills/api-bench/exchanges.ts";
import { intervalOf } from "../../../scripts/drills/api-bench/interval.ts";
import { startMeasured } from "../../../scripts/drills/api-bench/measured.ts";
import { leaveOut, type Measure, measures, signIn } from "../../../scripts/drills/api-bench/measures.ts";
import { withBenchServers } from "../../../scripts/drills/api-bench/servers.ts";
import { repositoryRoot } from "../../../scripts/local/servers/index.ts";

interface Booking {
  id: string;
  resource: string;
  createdAt: string;
  updatedAt: string;
}

const bareServer = join(repositoryRoot, "scripts/drills/api-bench/bare-server.ts");

it("A26 the API's bench: the bare server and the API without sign-in and measures do the same work as the API", async () => {
  await withBenchServers(50, async (servers) => {
    const imageWithout = async (left: readonly Measure[], name: string) =>
      (await buildImage(join(servers.folder, name), [leaveOut(left)])).server;
    const bare = await startMeasured("bare", bareServer, servers);
    const stripped = await imageWithout([signIn, ...measures], "stripped");
    const open = await startMeasured("open", stripped, servers);
    const whole = await startMeasured("whole", await imageWithout([], "whole"), servers);
    try {
      const made: Booking[] = [];
      for (const server of [bare, open]) made.push((await server.ask(exchanges([]).POST)) as Booking);
      const [one, other] = made.map(({ id, resource, createdAt, updatedAt, ...rest }) => rest);
      expect(one).toEqual(other);
      const asked = exchanges(made.map(({ id }) => id));
      const read = { ...asked["GET by id"], path: () => `/v1/bookings/${made[0]?.id}` };
      const booking = await bare.ask(read);
      expect(await open.ask(read)).toEqual(booking);
      for (const credential of credentials) expect(await whole.ask({ ...read, credential })).toEqual(booking);
      const [page, apiPage] = [await bare.ask(asked["list of 20"]), await open.ask(asked["list of 20"])];
      expect(page).toEqual({ ...(apiPage as object), nextCursor: null });
      for (const kind of exchangeNames) expect(await open.cpuPerRequest(asked[kind], 20)).toBeGreaterThan(0);
    } finally {
      for (const server of [bare, open, whole]) await server.stop();
    }
  });
}, 60_000);

it("A26 the API's bench: the interval leaves out what the sign test allows", () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => ((index * 7) % count) + 1);
  expect(intervalOf(numbers(6))).toEqual({ low: 1, median: 3.5, high: 6 });
  // The third and the tenth: of 12 coins 2 or fewer show heads in 1.9 % of throws, 3 or fewer in 7.3 %.
  expect(intervalOf(numbers(12))).toEqual({ low: 3, median: 6.5, high: 10 });
});
