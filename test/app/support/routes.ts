import * as z from "zod";

const method = z.enum(["GET", "POST", "PATCH", "DELETE"]);

/** A line of the tables of access and of limits, "GET /v1/bookings/:id", as it is asked. */
export const routeOf = (line: string) => {
  const [verb, url = ""] = line.split(" ");
  return { method: method.parse(verb), url };
};
