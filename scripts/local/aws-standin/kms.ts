import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import * as z from "zod";
import { AwsError } from "./errors.ts";
import { operation } from "./operation.ts";
import type { Context, KeyRecord } from "./state.ts";

const ivBytes = 12;
const tagBytes = 16;
const dayMs = 86_400_000;
const encryptionContext = z.record(z.string(), z.string()).default({});
const invalidCode = "ValidationException";

/** KMS for symmetric keys: what is encrypted here is really encrypted, under a key that lives in the state. */
export const kms = (context: Context) => {
  const { state, save, region, accountId } = context;

  const find = (id: string): KeyRecord => {
    const alias = id.replace(/^arn:.*:alias\//, "alias/");
    const key = state.keys.find(
      (one) => one.id === id || one.arn === id || (one.alias && one.alias === alias),
    );
    if (!key) throw new AwsError("NotFoundException", `Key '${id}' does not exist`);
    return key;
  };

  /** A key that still encrypts and decrypts: one that waits for its deletion does neither. */
  const usable = (id: string): KeyRecord => {
    const key = find(id);
    if (key.deletionAt !== undefined) throw pendingDeletion(key);
    return key;
  };

  const CreateKey = operation(
    z.object({ Description: z.string().max(8192).default("") }),
    (input) => {
      const id = randomUUID();
      const key: KeyRecord = {
        id,
        arn: `arn:aws:kms:${region}:${accountId}:key/${id}`,
        description: input.Description,
        createdAt: Date.now(),
        material: randomBytes(32).toString("base64"),
      };
      state.keys.push(key);
      save();
      return { KeyMetadata: metadata(key, accountId) };
    },
    invalidCode,
  );

  const CreateAlias = operation(
    z.object({ AliasName: z.string().regex(/^alias\/[A-Za-z0-9/_-]+$/), TargetKeyId: z.string() }),
    (input) => {
      if (state.keys.some((key) => key.alias === input.AliasName)) {
        throw new AwsError(
          "AlreadyExistsException",
          `An alias with the name ${input.AliasName} already exists`,
        );
      }
      find(input.TargetKeyId).alias = input.AliasName;
      save();
      return {};
    },
    invalidCode,
  );

  const DescribeKey = operation(
    z.object({ KeyId: z.string() }),
    (input) => ({ KeyMetadata: metadata(find(input.KeyId), accountId) }),
    invalidCode,
  );

  const ScheduleKeyDeletion = operation(
    z.object({ KeyId: z.string(), PendingWindowInDays: z.number().int().min(7).max(30).default(30) }),
    (input) => {
      const key = find(input.KeyId);
      if (key.deletionAt !== undefined) throw pendingDeletion(key);
      key.deletionAt = Date.now() + input.PendingWindowInDays * dayMs;
      save();
      const { PendingWindowInDays } = input;
      const DeletionDate = key.deletionAt / 1000;
      return { KeyId: key.arn, KeyState: "PendingDeletion", DeletionDate, PendingWindowInDays };
    },
    invalidCode,
  );

  const Encrypt = operation(
    z.object({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: encryptionContext }),
    (input) => {
      const key = usable(input.KeyId);
      const CiphertextBlob = seal(key, Buffer.from(input.Plaintext, "base64"), input.EncryptionContext);
      return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    },
    invalidCode,
  );

  const Decrypt = operation(
    z.object({
      KeyId: z.string().optional(),
      CiphertextBlob: z.base64(),
      EncryptionContext: encryptionContext,
    }),
    (input) => {
      const { key, plaintext } = unseal(state.keys, input.CiphertextBlob, input.EncryptionContext);
      usable(key.id);
      if (input.KeyId && find(input.KeyId) !== key) {
        throw new AwsError(
          "IncorrectKeyException",
          "The key ID in the request does not identify a CMK that can perform this operation.",
        );
      }
      return {
        Plaintext: plaintext.toString("base64"),
        KeyId: key.arn,
        EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      };
    },
    invalidCode,
  );

  const GenerateDataKey = operation(
    z.object({
      KeyId: z.string(),
      KeySpec: z.enum(["AES_256", "AES_128"]).optional(),
      NumberOfBytes: z.number().int().min(1).max(1024).optional(),
      EncryptionContext: encryptionContext,
    }),
    (input) => {
      const key = usable(input.KeyId);
      const plaintext = randomBytes(input.NumberOfBytes ?? (input.KeySpec === "AES_128" ? 16 : 32));
      const CiphertextBlob = seal(key, plaintext, input.EncryptionContext);
      return { CiphertextBlob, Plaintext: plaintext.toString("base64"), KeyId: key.arn };
    },
    invalidCode,
  );

  return { CreateKey, CreateAlias, DescribeKey, ScheduleKeyDeletion, Encrypt, Decrypt, GenerateDataKey };
};
export type Kms = ReturnType<typeof kms>;

const pendingDeletion = ({ arn }: KeyRecord): AwsError =>
  new AwsError("KMSInvalidStateException", `${arn} is pending deletion.`);

const metadata = (key: KeyRecord, accountId: string) => ({
  AWSAccountId: accountId,
  KeyId: key.id,
  Arn: key.arn,
  CreationDate: key.createdAt / 1000,
  Enabled: key.deletionAt === undefined,
  Description: key.description,
  KeyUsage: "ENCRYPT_DECRYPT",
  KeyState: key.deletionAt === undefined ? "Enabled" : "PendingDeletion",
  DeletionDate: key.deletionAt && key.deletionAt / 1000,
  Origin: "AWS_KMS",
  KeyManager: "CUSTOMER",
  KeySpec: "SYMMETRIC_DEFAULT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  MultiRegion: false,
});

/** Key id, nonce, AES-256-GCM text and tag; the encryption context is authenticated with it. */
const seal = (key: KeyRecord, plaintext: Buffer, pairs: Record<string, string>): string => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key.material, "base64"), iv);
  cipher.setAAD(contextBytes(pairs));
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id), iv, text, cipher.getAuthTag()]).toString("base64");
};

const unseal = (keys: readonly KeyRecord[], ciphertext: string, pairs: Record<string, string>) => {
  const blob = Buffer.from(ciphertext, "base64");
  const idBytes = 36;
  const id = blob.subarray(0, idBytes).toString();
  const key = keys.find((one) => one.id === id);
  if (!key || blob.length < idBytes + ivBytes + tagBytes)
    throw new AwsError("InvalidCiphertextException", "");
  try {
    const iv = blob.subarray(idBytes, idBytes + ivBytes);
    const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key.material, "base64"), iv);
    decipher.setAAD(contextBytes(pairs));
    decipher.setAuthTag(blob.subarray(-tagBytes));
    const text = decipher.update(blob.subarray(idBytes + ivBytes, -tagBytes));
    return { key, plaintext: Buffer.concat([text, decipher.final()]) };
  } catch {
    throw new AwsError("InvalidCiphertextException", "");
  }
};

const contextBytes = (pairs: Record<string, string>): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1))));
