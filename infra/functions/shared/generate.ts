import { randomBytes, randomInt } from "node:crypto";

/**
 * Letters, digits and the one special character that MySQL, ElastiCache and every URL accept unescaped: MySQL's
 * validate_password requires one, ElastiCache allows only `!&#$^<>-`.
 */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
const classes = [/[A-Z]/, /[a-z]/, /[0-9]/, /-/];
const passwordLength = 48;

/** A password of 48 characters (286 bits) with a capital, a small letter, a digit and a hyphen. */
export const makePassword = (): string => {
  for (;;) {
    const password = Array.from({ length: passwordLength }, () => alphabet[randomInt(alphabet.length)]).join(
      "",
    );
    if (classes.every((one) => one.test(password))) return password;
  }
};

/** 256 random bits as 43 characters of base64url: for keys of HMACs and hashes. */
export const makeRandomValue = (): string => randomBytes(32).toString("base64url");
