import { readFileSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { Decrypter, Encrypter, type Identity, type Recipient, Stanza } from "age-encryption";
import * as z from "zod";
import { CommandError } from "../../cli/errors.ts";
import type { EnvironmentAccess } from "./access.ts";

/**
 * Backups are age files (age-encryption.org/v1): a random key for each file, ChaCha20-Poly1305 in chunks of 64 KiB, so that a
 * cut-off or altered file is noticed at that very place. The file's key is wrapped by the environment's KMS key, for age
 * recipients, or both; a password is never asked for.
 */
export interface Sealing {
  /** KMS key (ARN, id or alias) that wraps the file's key. */
  kmsKey?: string | undefined;
  /** Public keys (`age1…`) that can open the file without AWS. */
  recipients: readonly string[];
}

/** An age public key. */
export const ageRecipient = z.string().refine((typed) => {
  try {
    new Encrypter().addRecipient(typed);
    return true;
  } catch {
    return false;
  }
}, "an age public key (age1…; age-keygen -y identity.txt prints yours)");

const stanzaType = "bulwark/aws-kms";

/** The key of an environment's data: it opens the environment's backups. */
export const dataKeyOf = (environment: string): string => `alias/bulwark-${environment}-data-key`;

/** Bound to the file's key: KMS's own log tells what was opened, and a policy can depend on it. */
const contextOf = (environment: string) => ({
  "bulwark:environment": environment,
  "bulwark:purpose": "backup",
});

/** Encrypts a stream. */
export const seal = async (
  plain: Readable,
  sealing: Sealing,
  access: EnvironmentAccess,
): Promise<Readable> => {
  const encrypter = new Encrypter();
  for (const recipient of sealing.recipients) encrypter.addRecipient(recipient);
  if (sealing.kmsKey !== undefined) encrypter.addRecipient(kmsRecipient(sealing.kmsKey, access));
  const web = Readable.toWeb(plain) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return readable(await encrypter.encrypt(web));
};

/** age speaks of the web's streams; Node's are the same by another name. */
const readable = (web: globalThis.ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(web as ReadableStream);

const kmsRecipient = (key: string, { environment, aws, where }: EnvironmentAccess): Recipient => ({
  wrapFileKey: async (fileKey) => {
    const client = new KMSClient(aws);
    try {
      const EncryptionContext = contextOf(environment);
      const command = new EncryptCommand({ KeyId: key, Plaintext: fileKey, EncryptionContext });
      const { CiphertextBlob, KeyId } = await client.send(command);
      if (!CiphertextBlob || !KeyId) throw new CommandError(`KMS answered without a wrapped key for ${key}.`);
      return [new Stanza([stanzaType, KeyId, environment], CiphertextBlob)];
    } catch (error) {
      throw kmsTrouble(error, key, where, "kms:Encrypt");
    } finally {
      client.destroy();
    }
  },
});

/** What opens a backup: an age identity file, or KMS. */
export interface Opening {
  identityFile?: string | undefined;
}

/** Decrypts a stream. @throws CommandError when no key fits, before anything is read */
export const open = async (
  sealed: Readable,
  opening: Opening,
  access: EnvironmentAccess,
): Promise<Readable> => {
  const decrypter = new Decrypter();
  for (const identity of identitiesIn(opening.identityFile)) decrypter.addIdentity(identity);
  if (opening.identityFile === undefined) decrypter.addIdentity(kmsIdentity(access));
  const web = Readable.toWeb(sealed) as ReadableStream<Uint8Array<ArrayBuffer>>;
  try {
    return readable(await decrypter.decrypt(web));
  } catch (error) {
    sealed.destroy();
    if (error instanceof CommandError || !(error instanceof Error)) throw error;
    if (!/no identity matched/i.test(error.message)) {
      throw new CommandError(`The file is no backup, or its beginning is damaged (${error.message}).`, {
        cause: error,
      });
    }
    const fix = opening.identityFile
      ? `None of the identities in ${opening.identityFile} opens the file: it was written for another key.`
      : "The file was not written for a KMS key: give the age identity it was written for with --identity FILE.";
    throw new CommandError(fix, { cause: error });
  }
};

const kmsIdentity = ({ aws, where }: EnvironmentAccess): Identity => ({
  unwrapFileKey: async (stanzas) => {
    const stanza = stanzas.find(({ args }) => args[0] === stanzaType);
    if (!stanza) return null;
    const [, KeyId = "", environment = ""] = stanza.args;
    const client = new KMSClient(aws);
    try {
      const EncryptionContext = contextOf(environment);
      const { Plaintext } = await client.send(
        new DecryptCommand({ KeyId, CiphertextBlob: stanza.body, EncryptionContext }),
      );
      return Plaintext ?? null;
    } catch (error) {
      throw kmsTrouble(error, KeyId, where, "kms:Decrypt");
    } finally {
      client.destroy();
    }
  },
});

const kmsTrouble = (error: unknown, key: string, where: string, action: string): unknown => {
  const reasons: Record<string, string> = {
    NotFoundException: "it is not there",
    AccessDeniedException: `you may not use it (${action})`,
    InvalidCiphertextException: "it is not the key that the file was written with",
    IncorrectKeyException: "it is not the key that the file was written with",
    KMSInvalidStateException: "it is disabled or about to be deleted",
    DisabledException: "it is disabled",
  };
  const reason = error instanceof Error ? reasons[error.name] : undefined;
  return reason ? new CommandError(`The KMS key ${key} in ${where}: ${reason}.`, { cause: error }) : error;
};

/** An age identity file: a secret key a line, `#` before comments. */
const identitiesIn = (file: string | undefined): string[] => {
  if (file === undefined) return [];
  const others = 0o077;
  if ((statSync(file).mode & others) !== 0) {
    throw new CommandError(`Others may read the identity file ${file}: chmod 600 ${file}`);
  }
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim());
  const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length > 0 && identities.every((line) => line.startsWith("AGE-SECRET-KEY-")))
    return identities;
  throw new CommandError(`${file} is no age identity file (age-keygen -o ${file}).`);
};
