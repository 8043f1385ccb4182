import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

/** A certificate of an authority that is trusted, for a name that is not the server's: another customer's database. */
export const impostorCertificate = async () => {
  const keys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [authority, server] = await Promise.all([keys(), keys()]);
  const valid = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Trusted authority",
    keys: authority,
    signingAlgorithm: algorithm,
    ...valid,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=other.example.com",
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    ...valid,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "other.example.com" }])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", server.privateKey);
  return {
    ca: ca.toString("pem"),
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
};
