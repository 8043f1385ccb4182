import { join } from "node:path";
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import mysql from "mysql2/promise";
import { Agent, request } from "undici";
import { expect } from "vitest";
import { databaseCredentials, masterCredentials } from "../../../app/contract/secret-values.ts";
import { load } from "../../../scripts/drills/load/generator.ts";
import type { LoadResult } from "../../../scripts/drills/load/report.ts";
import { temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { eventually } from "../../support/eventually.ts";
import { alive, runScript, SandboxChild } from "../sandbox-child.ts";

/** Requests a second. Modest: what is counted is failures, and the machine may be busy. */
export const rate = 25;

/** One sandbox, which the suites of sandbox.test.ts share: its start takes longer than most of them. */
export class SandboxWorld {
  readonly #folder = temporaryFolder("sandbox-e2e");
  readonly stateDir = join(this.#folder.path, "state");
  /** Flags that lead a command to it. */
  readonly here = ["--state-dir", this.stateDir];
  #sandbox: SandboxChild | undefined;
  #agent = new Agent();
  /** Id of the booking that survives everything. */
  kept = "";

  get sandbox(): SandboxChild {
    if (!this.#sandbox) throw new Error("the sandbox has not been started");
    return this.#sandbox;
  }

  async start(...flags: string[]): Promise<void> {
    this.#sandbox = new SandboxChild(this.stateDir, ...flags);
    await this.sandbox.up();
    this.#agent = new Agent({ connect: { ca: this.sandbox.running.ca } });
  }

  async remove(): Promise<void> {
    if (alive(this.sandbox.process.pid ?? 0)) await this.sandbox.signal("SIGTERM");
    await runScript("sandbox.ts", "--down", ...this.here);
    this.#folder.remove();
  }

  /** GET, or POST of a body, with the API key. */
  async api(path: string, body?: unknown) {
    const answer = await request(`${this.sandbox.running.urls.https}${path}`, {
      dispatcher: this.#agent,
      method: body === undefined ? "GET" : "POST",
      headers: {
        "user-agent": "bulwark-e2e/1",
        "content-type": "application/json",
        authorization: `Bearer ${this.sandbox.running.access.apiKey}`,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
  }

  /** Does something while requests come in, and reports what became of them. */
  async underLoad(work: () => Promise<void>): Promise<LoadResult> {
    const { urls, ca, access } = this.sandbox.running;
    const { apiKey, ...user } = access;
    const credentials = { apiKey, user };
    const over = new AbortController();
    let answered = 0;
    const observe = () => {
      answered += 1;
    };
    const figures = load({ url: urls.https, ca, credentials, rate, signal: over.signal, observe });
    try {
      await eventually(() => expect(answered).toBeGreaterThan(rate), 30_000);
      await work();
      const during = answered;
      await eventually(() => expect(answered).toBeGreaterThan(during + rate), 30_000);
    } finally {
      over.abort();
    }
    return figures;
  }

  secretsManager(): SecretsManagerClient {
    return new SecretsManagerClient({
      region: "us-east-1",
      endpoint: this.sandbox.running.urls.aws,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
  }

  /** What the API's database secret holds. */
  async appCredentials() {
    const command = new GetSecretValueCommand({ SecretId: "bulwark/sandbox/db-app" });
    const { SecretString = "" } = await this.secretsManager().send(command);
    return databaseCredentials.parse(JSON.parse(SecretString));
  }

  /** A connection to MySQL as its master user. */
  async asMaster(): Promise<mysql.Connection> {
    const client = this.secretsManager();
    const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
    const master = SecretList.find(({ Name }) => Name?.startsWith("rds!"));
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: master?.ARN }));
    const { username: user, password } = masterCredentials.parse(JSON.parse(SecretString));
    const { port } = await this.appCredentials();
    const ssl = { ca: this.sandbox.running.ca };
    return await mysql.createConnection({ host: "localhost", port, user, password, ssl });
  }

  /** Which of the API's users the connections to MySQL belong to. */
  async databaseUsers(): Promise<string[]> {
    const connection = await this.asMaster();
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      "SELECT DISTINCT user FROM information_schema.processlist WHERE user LIKE 'bulwark\\_app%'",
    );
    await connection.end();
    return rows.map((row) => String(Object.values(row)[0]));
  }

  /** Names of the replicas. */
  replicas(): string[] {
    return this.sandbox.state.processes.map(({ name }) => name).filter((name) => /^api-\d+$/.test(name));
  }
}
