import { ChainVerifier, type ChainVerification } from '../../src/audit/verify-chain.js';
import type { StoredRecord } from '../../src/core/event-log.js';

/** The verification of a stream's records, oldest first. */
export function verifyChain(records: readonly StoredRecord[]): ChainVerification {
  const verifier = new ChainVerifier();
  for (const record of records) verifier.take(record);
  return verifier.end();
}
