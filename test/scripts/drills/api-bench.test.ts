import { join } from "node:path";
import { expect, it } from "vitest";
import { buildImage } from "../../../app/build.ts";
import { exchangeNames, exchanges } from "../../../scripts/drills/api-bench/exchanges.ts";
import { startMeasured } from "../../../scripts/drills/api-bench/measured.ts";
import { leaveOut, measures } from "../../../scripts/drills/api-bench/measures.ts";
import { withBenchServers } from "../../../scripts/drills/api-bench/servers.ts";
import { repositoryRoot } from "../../../scripts/local/servers/index.ts";

interface Booking {
  id: string;
  createdAt: string;
  updatedAt: string;
}

it("A26 the API's bench: the bare server and the API without its measures do the same work as the API", async () => {
  await withBenchServers(50, async (servers) => {
    // All of it can be left out …
    await buildImage(join(servers.folder, "without"), [leaveOut(measures)]);
    // … but what reads credentials stays here: both kinds must be ones that count.
    const left = measures.filter(({ credential }) => credential === undefined);
    const image = await buildImage(join(servers.folder, "image"), [leaveOut(left)]);
    const bareServer = join(repositoryRoot, "scripts/drills/api-bench/bare-server.ts");
    const bare = await startMeasured("bare", bareServer, servers);
    const api = await startMeasured("api", image.server, servers);
    try {
      const made: Booking[] = [];
      for (const server of [bare, api]) made.push((await server.ask(exchanges([]).POST)) as Booking);
      const [one, other] = made.map(({ id, createdAt, updatedAt, ...rest }) => rest);
      expect(one).toEqual(other);
      const ids = made.map(({ id }) => id);
      const asked = exchanges(ids);
      for (const exchange of [asked["GET by id"], exchanges(ids, "access token")["GET by id"]]) {
        const path = exchange.path();
        const same = { ...exchange, path: () => path };
        expect(await bare.ask(same)).toEqual(await api.ask(same));
      }
      const [page, apiPage] = [await bare.ask(asked["list of 20"]), await api.ask(asked["list of 20"])];
      expect(page).toEqual({ ...(apiPage as object), nextCursor: null });
      for (const kind of exchangeNames) expect(await api.cpuPerRequest(asked[kind], 20)).toBeGreaterThan(0);
    } finally {
      await bare.stop();
      await api.stop();
    }
  });
}, 60_000);
