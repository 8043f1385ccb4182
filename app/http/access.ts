import { paths } from "../contract/endpoints.ts";

/** What a user may be in an organisation. */
export const roles = ["admin", "member"] as const;
export type Role = (typeof roles)[number];

/** What an API key may be allowed to do. */
export const scopes = ["bookings:read", "bookings:write", "bookings:import"] as const;
export type Scope = (typeof scopes)[number];

/** Who may use a route: everybody, or users of these roles and keys with this scope. Without a scope, no key may. */
export type Access = "public" | { roles: readonly Role[]; scope?: Scope };

const readBookings: Access = { roles, scope: "bookings:read" };
const writeBookings: Access = { roles, scope: "bookings:write" };
const importBookings: Access = { roles: ["admin"], scope: "bookings:import" };
const anyUser: Access = { roles };
const admins: Access = { roles: ["admin"] };

/**
 * Every route of the API and who may use it (ASVS 8.1.1, 8.2.1). The server does not start while a route has no line here, or a line has no
 * route; docs/access.md says the same in words. A route that is public reads no credential, so that a stale one does not keep its bearer from
 * signing in.
 */
export const accessTable: Readonly<Record<string, Access>> = {
  [`GET ${paths.live}`]: "public",
  [`GET ${paths.startup}`]: "public",
  [`GET ${paths.ready}`]: "public",
  [`GET ${paths.readiness}`]: "public",
  "GET /.well-known/jwks.json": "public",
  "GET /openapi.json": "public",
  "GET /reference": "public",
  "GET /v1/bookings": readBookings,
  "POST /v1/bookings": writeBookings,
  "GET /v1/bookings/:id": readBookings,
  "PATCH /v1/bookings/:id": writeBookings,
  "POST /v1/bookings/:id/cancel": writeBookings,
  "GET /v1/live": readBookings,
  "GET /v1/audit": admins,
  "GET /v1/audit/export": admins,
  "POST /v1/bookings/import": importBookings,
  "GET /v1/bookings/export": admins,
  "GET /v1/api-keys": admins,
  "POST /v1/api-keys": admins,
  "DELETE /v1/api-keys/:id": admins,
  "GET /v1/webhooks": admins,
  "POST /v1/webhooks": admins,
  "PATCH /v1/webhooks/:id": admins,
  "DELETE /v1/webhooks/:id": admins,
  "GET /v1/webhooks/:id/key": admins,
  "GET /v1/webhooks/:id/deliveries": admins,
  "POST /v1/webhooks/:id/deliveries/:deliveryId/replay": admins,
  // Twilio signs what it sends.
  "POST /v1/sms/events": "public",
  // The next four judge what they are given themselves: a password, an invitation, a refresh token.
  "POST /v1/auth/sign-in": "public",
  "POST /v1/auth/accept-invitation": "public",
  "POST /v1/auth/refresh": "public",
  "POST /v1/auth/sign-out": "public",
  "POST /v1/auth/password": anyUser,
  "GET /v1/auth/session": anyUser,
  "GET /v1/sessions": anyUser,
  "POST /v1/sessions/revoke": anyUser,
  "POST /v1/sessions/:id/revoke": anyUser,
  "GET /v1/users": admins,
  "POST /v1/users": admins,
  "PATCH /v1/users/:id": admins,
  "POST /v1/users/:id/invitation": admins,
  "GET /v1/users/:id/sessions": admins,
  "DELETE /v1/users/:id/sessions": admins,
};
