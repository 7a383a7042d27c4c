import { awaitPostmasters } from '../../mail/mail-server-elsewhere.js';

// `smtp-server` as a process of its own, for the mail suites: says where its postmasters reach it, and ends with its input.

console.log(await awaitPostmasters());
process.stdin.on('end', () => process.exit()).resume();
