/** What every client sends: the API wants to know who calls. */
export const agent = { "user-agent": "bulwark-test/1.0" };

let resources = 0;

/** A booking that is valid, changed as told. Each call's is of another resource, because a slot is booked once. */
export const bookingBody = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  resource: `room ${++resources}`,
  clientName: "Ann Example",
  clientEmail: "ann@example.org",
  clientPhone: "+4915112345678",
  notes: "by the window",
  startsAt: "2027-03-01T10:00:00Z",
  endsAt: "2027-03-01T11:00:00Z",
  ...changes,
});
