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

  ofAccount(email: string): string {
    return this.#named(`account:${email}`);
  }

  /** By account, or by the browser where this user has signed in with it: strangers cannot use up its attempts. */
  ofSignIn(email: string, userId: string | undefined, device: string | undefined): string {
    const isKnown = userId !== undefined && device !== undefined && this.#devices.isKnown(device, userId);
    return isKnown ? this.#named(`device:${device}`) : this.ofAccount(email);
  }

  ofPasswordChange(userId: string): string {
    return this.#named(`password:${userId}`);
  }

  #named(text: string): string {
    return this.#signer.sign("attempts", Buffer.from(text)).toString("base64url");
  }
}
