import type * as z from "zod";
import { issued as answered, type signIn } from "../../../app/auth/schema.ts";
import type { Call, Exchange } from "./call.ts";
import type { Credentials } from "./credentials.ts";

const issued = answered.pick({ csrfToken: true, accessToken: true, refreshToken: true });

/** Where a client keeps its tokens: a browser in cookies, any other in what it was answered. */
type Keeping = "cookie" | "body";

type Ask = (call: Call) => Promise<Exchange>;

/** A session as its client has it: what it was given last. */
export class Session {
  readonly #ask: Ask;
  readonly #keeping: Keeping;
  readonly #cookies = new Map<string, string>();
  #issued: z.infer<typeof issued> = {};

  constructor(ask: Ask, keeping: Keeping) {
    this.#ask = ask;
    this.#keeping = keeping;
  }

  signIn({ email, password }: NonNullable<Credentials["user"]>): Promise<Exchange> {
    const body = { email, password, tokens: this.#keeping } satisfies z.input<typeof signIn>;
    return this.#receive({ ...post, name: "sign-in", path: "/v1/auth/sign-in", body });
  }

  refresh(): Promise<Exchange> {
    const own = this.#inBody() ?? { headers: { cookie: this.#cookie("__Secure-refresh") } };
    return this.#receive({ ...post, name: "refresh", path: "/v1/auth/refresh", ...own });
  }

  signOut(): Promise<Exchange> {
    const own = this.#inBody() ?? { headers: { cookie: this.#cookie("__Secure-refresh") } };
    return this.#ask({ ...post, name: "sign-out", path: "/v1/auth/sign-out", expected: [204], ...own });
  }

  /** What a request comes with. */
  headers(method: Call["method"]): Record<string, string> {
    const { accessToken, csrfToken = "" } = this.#issued;
    if (this.#keeping === "body") return { authorization: `Bearer ${accessToken}` };
    const cookie = { cookie: this.#cookie("__Host-access") };
    return method === "GET" ? cookie : { ...cookie, "x-csrf-token": csrfToken };
  }

  async #receive(call: Call): Promise<Exchange> {
    const exchange = await this.#ask(call);
    if (exchange.failure !== undefined) return exchange;
    this.#issued = issued.parse(exchange.answer);
    for (const line of exchange.cookies ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return exchange;
  }

  #inBody(): Pick<Call, "body"> | undefined {
    const { refreshToken } = this.#issued;
    return this.#keeping === "body" ? { body: { refreshToken } } : undefined;
  }

  #cookie(name: string): string {
    return `${name}=${this.#cookies.get(name) ?? ""}`;
  }
}

const post = { method: "POST", expected: [200] } as const;
