import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { maskedValue, unknownMark } from "./marks.ts";

/** A value as it goes over the wire between a program and its monitor. */
export type Wire = null | boolean | number | string | Wire[] | { [key: string]: Wire };

const {
  specialSigKey,
  specialSecretSig,
  specialAssetSig,
  specialArchiveSig,
  specialResourceSig,
  unknownValue,
} = pulumi.runtime;

const isMap = (value: Wire | undefined): value is { [key: string]: Wire } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a secret stands anywhere in the value. */
export function holdsSecret(value: Wire | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isMap(value)) return false;
  return value[specialSigKey] === specialSecretSig || Object.values(value).some(holdsSecret);
}

/** Marks a value as secret, unless it is already. */
export function asSecret(value: Wire): Wire {
  if (isMap(value) && value[specialSigKey] === specialSecretSig) return value;
  return { [specialSigKey]: specialSecretSig, value };
}

/** The value as a person may see it: secrets masked, unknowns named, files shown by a short hash of their content. */
export function displayable(value: Wire): Wire {
  if (value === unknownValue) return unknownMark;
  if (Array.isArray(value)) return value.map(displayable);
  if (!isMap(value)) return value;
  switch (value[specialSigKey]) {
    case specialSecretSig:
      return maskedValue;
    case specialAssetSig:
    case specialArchiveSig:
      return fingerprint(value);
    case specialResourceSig:
      return value.urn ?? unknownMark;
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, displayable(item)]));
  }
}

/** The code of functions is megabytes, and each run of the program in a process has the same: hashed once. */
const hashes: { asset: Wire; hash: string }[] = [];

function hashOf(asset: Wire): string {
  const known = hashes.find((one) => isDeepStrictEqual(one.asset, asset));
  if (known !== undefined) return known.hash;
  const hash = createHash("sha256").update(contentOf(asset)).digest("hex").slice(0, 12);
  hashes.push({ asset, hash });
  return hash;
}

/** `[archive index.mjs sha256:0123456789ab]`: what a plan needs to tell one version of some code from the next. */
function fingerprint(asset: { [key: string]: Wire }): string {
  const hash = hashOf(asset);
  const files = isMap(asset.assets) ? Object.keys(asset.assets) : [];
  const kind = asset[specialSigKey] === specialArchiveSig ? "archive" : "asset";
  return `[${[kind, ...files, `sha256:${hash}`].join(" ")}]`;
}

/** A file is known by what it holds, not by where it lies on this machine. */
function contentOf(asset: Wire): string {
  if (!isMap(asset)) return JSON.stringify(asset);
  if (typeof asset.path === "string") return filesUnder(asset.path);
  const parts = Object.entries(asset).map(([key, item]) => [key, isMap(item) ? contentOf(item) : item]);
  return JSON.stringify(parts);
}

function filesUnder(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "base64");
  const files = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return files
    .filter((file) => !statSync(join(path, file)).isDirectory())
    .map((file) => `${file}:${readFileSync(join(path, file), "base64")}`)
    .join("\n");
}
