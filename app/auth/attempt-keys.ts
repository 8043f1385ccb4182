import type { Signer } from "../platform/signer.ts";
import type { Devices } from "./devices.ts";

/** Under which name attempts are counted together. Redis and the log get no address: the names are signatures of it. */
export class AttemptKeys {
  readonly #signer: Signer;
  readonly #devices: Devices;

  constructor(signer: Signer, devices: Devices) {
    this.#signer = signer;
    this.#devices = devices;
  }

  /**
   * By account, or by the browser where this user has signed in with it: strangers cannot use up its attempts. A change of the
   * user, a new password or an admin's, gives a new name, so that attempts until then no longer count.
   */
  ofSignIn(
    email: string,
    user: { id: string; version: number } | undefined,
    device: string | undefined,
  ): string {
    const isKnown = user !== undefined && device !== undefined && this.#devices.isKnown(device, user.id);
    return this.#named(`${isKnown ? `device:${device}` : `account:${email}`}:${user?.version ?? 0}`);
  }

  /** Tells lines of the log about one account from others, and nobody whose it is. */
  inLog(email: string): string {
    return this.#named(`log:${email}`).slice(0, 12);
  }

  ofCurrentPassword(userId: string): string {
    return this.#named(`password:${userId}`);
  }

  #named(text: string): string {
    return this.#signer.sign("attempts", Buffer.from(text)).toString("base64url");
  }
}
