import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a sandbox keeps what. */
export interface SandboxHome {
  dir: string;
  /** What runs, and what a second start must remember. */
  stateFile: string;
  /** The stack as it was made, as `npm run preview -- <environment> --json` shows one. */
  stackFile: string;
  /** Names the running sandbox's process. */
  lockFile: string;
  /** Unix socket that other terminals' commands arrive on. */
  controlSocket: string;
  logs: string;
  certificates: string;
  mysql: string;
  redis: string;
  /** Secrets, keys and cache users of the AWS stand-in. */
  aws: string;
  /** What the API's image would hold. */
  image: string;
  /** Code of the Lambda functions. */
  functions: string;
}

export const controlSocketName = "control.sock";

/** Longest path that a unix socket may have on macOS (104 bytes with the closing zero); Linux allows 4 more. */
const longestSocketPath = 103;

export const sandboxHome = (dir: string): SandboxHome => {
  const inFolder = join(dir, controlSocketName);
  const digest = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  return {
    dir,
    stateFile: join(dir, "state.json"),
    stackFile: join(dir, "stack.json"),
    lockFile: join(dir, "sandbox.pid"),
    controlSocket:
      Buffer.byteLength(inFolder) <= longestSocketPath ? inFolder : join(tmpdir(), `bulwark-${digest}.sock`),
    logs: join(dir, "logs"),
    certificates: join(dir, "certificates"),
    mysql: join(dir, "mysql"),
    redis: join(dir, "redis"),
    aws: join(dir, "aws"),
    image: join(dir, "image"),
    functions: join(dir, "functions"),
  };
};

/**
 * Makes the folders. The logs of the start before stay as `logs.previous`, older ones go.
 * The servers' own accounts can pass through the folder but not list it; they cannot open what holds secrets.
 */
export const prepareHome = (home: SandboxHome): void => {
  chmodSync(home.dir, 0o711);
  if (existsSync(home.logs)) {
    rmSync(`${home.logs}.previous`, { recursive: true, force: true });
    renameSync(home.logs, `${home.logs}.previous`);
  }
  for (const folder of [home.logs, home.functions, home.image, home.aws]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
  }
};
