import { randomUUID } from "node:crypto";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import * as z from "zod";
import type { Role } from "../../../app/http/access.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { agent } from "./bookings.ts";
import type { TestApi } from "./fixture.ts";

export interface Person {
  id: string;
  email: string;
  password: string;
}

/** A user with a password, made the way an operator does it: created, and the invitation accepted. */
export const addPerson = async (
  api: TestApi,
  given: { role?: Role; organisationId?: string; email?: string; password?: string } = {},
): Promise<Person> => {
  const { role = "member", organisationId = defaultOrganisation } = given;
  const email = given.email ?? `${randomUUID()}@example.org`;
  const password = given.password ?? randomUUID();
  const origin = { organisationId, actor: "command", requestId: "test-request" };
  const { user, invitation } = await api.identity.accounts.create(origin, {
    email,
    name: "Ann Example",
    role,
  });
  const accepted = await send(api, "POST /v1/auth/accept-invitation", {
    body: { token: invitation.token, password },
  });
  if (accepted.statusCode !== 204) throw new Error(accepted.body);
  return { id: user.id, email, password };
};

interface Sending {
  body?: unknown;
  headers?: Record<string, string>;
}

const methods = z.enum(["GET", "POST", "PATCH", "DELETE"]);

/** "POST /v1/…" as somebody without cookies. */
export const send = (
  api: TestApi,
  line: string,
  { body, headers = {} }: Sending = {},
): Promise<LightMyRequestResponse> => {
  const [method, url = ""] = line.split(" ");
  const options: InjectOptions = { method: methods.parse(method), url, headers: { ...agent, ...headers } };
  return api.app.inject(
    body === undefined
      ? options
      : {
          ...options,
          payload: JSON.stringify(body),
          headers: { ...agent, "content-type": "application/json", ...headers },
        },
  );
};

/** Keeps cookies and the session's token as a browser with the console would. */
export class Browser {
  readonly #api: TestApi;
  readonly cookies = new Map<string, string>();
  csrf = "";

  constructor(api: TestApi) {
    this.#api = api;
  }

  /** Sends with the cookies for this path, and keeps what comes back. */
  async send(line: string, { body, headers = {} }: Sending = {}): Promise<LightMyRequestResponse> {
    const answer = await this.sendOnly(line, { body, headers });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const { csrfToken } = z
      .object({ csrfToken: z.string().optional() })
      .catch({})
      .parse(answer.body === "" ? {} : answer.json());
    this.csrf = csrfToken ?? this.csrf;
    return answer;
  }

  /** The same, and forgets the answer's cookies: a request that is overtaken by another. */
  sendOnly(line: string, { body, headers = {} }: Sending = {}): Promise<LightMyRequestResponse> {
    const forAuth = line.includes(" /v1/auth");
    const sent = [...this.cookies].filter(([name]) => forAuth || name !== "__Secure-refresh");
    const cookie = sent.map(([name, value]) => `${name}=${value}`).join("; ");
    const own = { ...(cookie && { cookie }), ...(this.csrf && { "x-csrf-token": this.csrf }) };
    return send(this.#api, line, { body, headers: { ...own, ...headers } });
  }

  signIn({ email, password }: Pick<Person, "email" | "password">): Promise<LightMyRequestResponse> {
    return this.send("POST /v1/auth/sign-in", { body: { email, password } });
  }

  refresh(): Promise<LightMyRequestResponse> {
    return this.send("POST /v1/auth/refresh");
  }
}

/** A browser in which this person has signed in. */
export const signedIn = async (api: TestApi, person: Person): Promise<Browser> => {
  const browser = new Browser(api);
  const answer = await browser.signIn(person);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return browser;
};

/** A new person who has signed in as a client without cookies does. */
export const addBearer = async (
  api: TestApi,
  given: { role?: Role; organisationId?: string; password?: string } = {},
): Promise<{ id: string; token: string; headers: { authorization: string } }> => {
  const { id, email, password } = await addPerson(api, given);
  const answer = await send(api, "POST /v1/auth/sign-in", { body: { email, password, tokens: "body" } });
  const { accessToken: token } = z.object({ accessToken: z.string() }).parse(answer.json());
  return { id, token, headers: { authorization: `Bearer ${token}` } };
};

/** The code of an answer that is a problem. */
export const codeOf = (answer: LightMyRequestResponse): unknown => answer.json().code;
