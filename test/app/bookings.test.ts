import { describe, expect, test } from "vitest";
import { withPlace } from "./support/place.ts";

const place = await withPlace();
const { app } = await place.start();
const headers = { "user-agent": "test" };

describe("A11 bookings", () => {
  test("a booking is made and can be read", async () => {
    const made = await app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers,
      payload: {
        clientName: "Ann",
        clientEmail: "ann@example.org",
        clientPhone: "+4915112345678",
        startsAt: "2027-01-01T10:00:00Z",
        endsAt: "2027-01-01T11:00:00Z",
      },
    });
    console.log(made.statusCode, made.json(), made.headers);
    const read = await app.inject({ url: made.headers.location as string, headers });
    expect(read.json()).toEqual(made.json());
  });
});
