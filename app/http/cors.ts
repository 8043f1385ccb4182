import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";
import { rateLimitHeaders } from "./rate-limit/hook.ts";

const oneDay = 86_400;

/**
 * Lets browsers on the named origins call the API with cookies; others get no permission (A2).
 * @param origins exact origins. `*`, which production refuses, allows any.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(cors, {
    origin: origins.includes("*") ? true : [...origins],
    credentials: true,
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: [
      "authorization",
      "content-type",
      "idempotency-key",
      "if-match",
      "x-csrf-token",
      "x-request-id",
    ],
    exposedHeaders: ["x-request-id", ...rateLimitHeaders],
    maxAge: oneDay,
    // An OPTIONS request that is no preflight gets the same headers, and options.ts answers both.
    strictPreflight: false,
    preflightContinue: true,
  });
}
