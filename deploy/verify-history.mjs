#!/usr/bin/env node
// Verifies one exported history (npm run audit -- export REFERENCE FILE --reason WHY) with nothing but Node and, for the
// signed root, the installation's public key. Knows nothing of the application: what is checked is all in this file.
//
//   node verify-history.mjs FILE [PUBLIC-KEY.pem]
//
// 1. Each record's hash is the SHA-256 of the previous hash, stream, revision, type, data and metadata (without the hash
//    itself), each on a line of its own; each names the hash of the record before it; the first names 64 noughts.
// 2. The signed head (stream, revision, hash) is one of these records; the Merkle path leads from it to the root
//    (RFC 9162, 2.1.3.2: leaves hashed behind a byte 0, nodes behind a byte 1).
// 3. The root's signature (Ed25519 over the JSON of its members, in order of their names) fits the public key.
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [file, keyFile] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node verify-history.mjs FILE [PUBLIC-KEY.pem]');
  process.exit(2);
}
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const records = lines.filter(({ kind }) => kind === 'record');
const proof = lines.find(({ kind }) => kind === 'proof');
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const fail = (what) => {
  console.log(`BROKEN: ${what}`);
  process.exit(1);
};

let previous = '0'.repeat(64);
records.forEach(({ stream, revision, type, data, metadata }, place) => {
  const at = `${stream} at revision ${revision}`;
  if (revision !== place) fail(`${at}: revision ${place} was expected`);
  if (stream !== records[0].stream) fail(`${at}: another stream's record`);
  const { hash, ...unlinked } = JSON.parse(metadata);
  if (unlinked.previousHash !== previous) fail(`${at}: does not follow the record before it`);
  const linked = [previous, stream, revision, type, data, JSON.stringify(unlinked)].join('\n');
  if (sha256(linked).toString('hex') !== hash) fail(`${at}: altered`);
  previous = hash;
});
console.log(`chain intact: ${records.length} records, newest hash ${previous}`);

if (!proof) {
  console.log('no signed root holds this history yet: that nothing was cut off at its end is not proved');
  process.exit(records.length > 0 ? 0 : 1);
}
const { leaf, index, path, root } = proof;
const [stream, revision, hash] = leaf;
const head = records[revision];
if (head?.stream !== stream || JSON.parse(head.metadata).hash !== hash) {
  fail(`${stream} at revision ${revision}: not as it was signed in root ${root.number}`);
}
let [fn, sn, node] = [index, root.size - 1, sha256('\0', leaf.join('\n'))];
for (const step of path) {
  if (sn === 0) fail('the Merkle path is too long');
  const sibling = Buffer.from(step, 'hex');
  if (fn % 2 === 1 || fn === sn) {
    node = sha256('\x01', sibling, node);
    while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  } else node = sha256('\x01', node, sibling);
  [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
}
if (sn !== 0 || node.toString('hex') !== root.root) fail('the Merkle path does not lead to the signed root');
console.log(`signed head found: revision ${revision} is in root ${root.number} of ${root.at}`);

if (!keyFile) {
  console.log('the signature was NOT checked: name the public key as second argument');
  process.exit(0);
}
const { signature, ...signed } = root;
delete signed.key;
const text = JSON.stringify(Object.fromEntries(Object.entries(signed).sort(([a], [b]) => (a < b ? -1 : 1))));
const keys = readFileSync(keyFile, 'utf8').match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
const fits = keys.some((pem) =>
  verify(null, Buffer.from(text), createPublicKey(pem), Buffer.from(signature, 'base64')),
);
if (!fits) fail(`the signature of root ${root.number} does not fit the public key`);
console.log('signature fits the public key');
