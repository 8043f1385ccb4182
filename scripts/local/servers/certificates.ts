import { webcrypto, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A local authority's certificate and a server certificate made by it, all PEM text. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
  caFile: string;
}

const lifetimeDays = 825; // the longest that browsers and macOS accept of a local authority
const renewBeforeDays = 30;
const names = ["localhost"];
const addresses = ["127.0.0.1", "::1"];

/**
 * Certificates for servers on this machine (SAN: localhost, 127.0.0.1, ::1 and `extraNames`), kept in `folder` and made
 * anew when they are missing, about to expire or lack a name. The authority's own key is never written down: nobody can make
 * another certificate that trusts this `ca.pem`.
 */
export const localCertificates = async (
  folder: string,
  extraNames: readonly string[] = [],
): Promise<Certificates> => {
  const kept = read(folder);
  const hosts = [...names, ...extraNames];
  if (kept && stillGood(kept.cert, hosts)) return kept;
  return keep(folder, await make(hosts));
};

/** Put in place as a whole: two runs that start together end up with one set, never with halves of two. */
const keep = (folder: string, made: Omit<Certificates, "caFile">): Certificates => {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  chmodSync(fresh, 0o755);
  writeFileSync(join(fresh, "server-key.pem"), made.key, { mode: 0o600 });
  writeFileSync(join(fresh, "server.pem"), made.cert);
  writeFileSync(join(fresh, "ca.pem"), made.ca);
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const other = read(folder);
    if (!other) throw error;
    return other;
  }
  return { ...made, caFile: join(folder, "ca.pem") };
};

const read = (folder: string): Certificates | undefined => {
  try {
    const [ca, cert, key] = ["ca.pem", "server.pem", "server-key.pem"].map((f) =>
      readFileSync(join(folder, f), "utf8"),
    );
    return ca && cert && key ? { ca, cert, key, caFile: join(folder, "ca.pem") } : undefined;
  } catch {
    return undefined;
  }
};

const stillGood = (pem: string, hosts: readonly string[]): boolean => {
  const certificate = new X509Certificate(pem);
  const enough = Date.now() + renewBeforeDays * 86_400_000;
  return (
    Date.parse(certificate.validTo) > enough &&
    hosts.every((host) => certificate.checkHost(host) !== undefined)
  );
};

const make = async (hosts: readonly string[]): Promise<Omit<Certificates, "caFile">> => {
  // Loaded only here: the library takes 150 ms to load, and certificates are made once.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const [caKeys, serverKeys] = await Promise.all(
    [1, 2].map(() => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])),
  );
  if (!caKeys || !serverKeys) throw new Error("no key pair was generated");
  const notBefore = new Date(Date.now() - 86_400_000);
  const notAfter = new Date(Date.now() + lifetimeDays * 86_400_000);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Bulwark local authority",
    keys: caKeys,
    signingAlgorithm: algorithm,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: ca.subject,
    publicKey: serverKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...hosts.map((value) => ({ type: "dns" as const, value })),
        ...addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey)).toString(
    "base64",
  );
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
  return { ca: `${ca.toString("pem")}\n`, cert: `${server.toString("pem")}\n`, key };
};
