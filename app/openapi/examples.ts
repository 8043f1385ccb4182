const createdAt = "2027-02-01T09:30:00.000Z";
const id = "019c18a1-8f00-7a00-8000-000000000001";

export const bookingInput = {
  resource: "room 1",
  clientName: "Ann Example",
  clientEmail: "ann@example.org",
  clientPhone: "+4915112345678",
  notes: "by the window",
  startsAt: "2027-03-01T10:00:00.000Z",
  endsAt: "2027-03-01T11:00:00.000Z",
};
export const booking = {
  id,
  ...bookingInput,
  status: "confirmed",
  version: 1,
  createdAt,
  updatedAt: createdAt,
};

const columns = Object.keys(bookingInput);
export const csv = `${columns.join()}\r\n${Object.values(bookingInput).join()}\r\n`;

export const user = {
  id,
  email: "ann@example.org",
  name: "Ann Example",
  role: "admin",
  status: "active",
  lastSignedInAt: createdAt,
  version: 1,
  createdAt,
  updatedAt: createdAt,
};
export const invitation = { token: "AZdk…", expiresAt: "2027-02-08T09:30:00.000Z" };

export const tokens = {
  accessExpiresInSeconds: 900,
  refreshExpiresInSeconds: 604_800,
  accessToken: "eyJhbGciOiJFZERTQSJ9…",
  refreshToken: "AZdk…",
};
export const session = {
  id,
  userAgent: "Mozilla/5.0",
  current: true,
  createdAt,
  refreshedAt: createdAt,
  expiresAt: invitation.expiresAt,
};
export const ownSession = { user, organisationId: id, sessionId: id, csrfToken: "AZdk…" };

export const apiKey = {
  id,
  name: "A till",
  scopes: ["bookings:read"],
  createdBy: id,
  createdAt,
  expiresAt: "2027-08-01T00:00:00.000Z",
  lastUsedAt: null,
};

export const webhook = {
  id,
  url: "https://example.org/bookings",
  events: ["booking.created"],
  enabled: true,
  disabledReason: null,
  failingSince: null,
  version: 1,
  createdAt,
  updatedAt: createdAt,
};
export const webhookKey = "whsec_…";
export const delivery = {
  id,
  event: "booking.created",
  bookingId: id,
  occurredAt: createdAt,
  status: "delivered",
  attempts: 1,
  lastAttemptAt: createdAt,
  lastStatus: 204,
  lastError: null,
  nextAttemptAt: null,
};

export const entry = {
  id,
  occurredAt: createdAt,
  actor: `user:${id}`,
  action: "booking.created",
  entity: "booking",
  entityId: id,
  before: null,
  after: booking,
  requestId: "019c18a1-8f00-7a00-8000-000000000002",
  link: 1,
  position: 0,
  linkHash: null,
};

export const publicKey = {
  kid: "2027-02",
  kty: "OKP",
  crv: "Ed25519",
  alg: "EdDSA",
  use: "sig",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};
