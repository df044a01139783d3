// Checks the signatures of a webhook as a receiver in Node would: node verify.mjs BODY-FILE HEADERS-AND-KEYS (JSON)
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const body = readFileSync(process.argv[2]);
const { headers, spki, ed25519 } = JSON.parse(process.argv[3]);
const key = createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" });
const check = (algorithm, name) => verify(algorithm, body, key, Buffer.from(headers[name], "base64"));
console.log("md5", check("RSA-MD5", "flex.signature"));
console.log("sha512", check("RSA-SHA512", "fluent-signature"));

// Standard Webhooks: whpk_ and the 32 bytes of the key
const prefix = Buffer.from("302a300506032b6570032100", "hex");
const raw = Buffer.from(ed25519.replace("whpk_", ""), "base64");
const edwards = createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
const signatures = headers["webhook-signature"].split(" ").map((one) => one.split(","));
const good = signatures.some(([v, s]) => v === "v1a" && verify(null, signed, edwards, Buffer.from(s, "base64")));
console.log("v1a", good);
