/**
 * How long what the API issues is good for, seconds. Rotation keeps a former key at least as long as something made with it
 * (infra/functions/rotate-*), so both read these.
 */

/** An access token. */
export const accessTokenSeconds = 900;
/** A session that nobody refreshes; also an invitation. */
export const sessionIdleSeconds = 604_800;
/** A session, however often it is refreshed. */
export const sessionSeconds = 2_592_000;
