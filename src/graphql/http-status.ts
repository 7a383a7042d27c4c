import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { DomainError } from '../core/problem.js';

/** Seconds after which a caller may come back where nothing more exact is known. */
const SOON = 5;

/**
 * GraphQL's problems go with status 200, save those that concern the way rather than the matter, which proxies and
 * clients understand: come back later (RFC 6585, 429; RFC 9110, 503; both with Retry-After), and too large (413).
 */
export const httpStatus: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors }) {
        for (const error of errors) {
          const thrown = unwrapResolverError(error);
          if (!(thrown instanceof DomainError)) continue;
          const { retryAfter = SOON } = (thrown.details ?? {}) as { retryAfter?: number };
          const retry = new HeaderMap([['retry-after', String(retryAfter)]]);
          if (thrown.code === 'TOO_MANY_REQUESTS') error.extensions.http = { status: 429, headers: retry };
          if (thrown.code === 'UNAVAILABLE') error.extensions.http = { status: 503, headers: retry };
          if (thrown.details?.tooLarge === true) error.extensions.http = { status: 413 };
        }
      },
    };
  },
};
