import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Api, type Json } from '../demo/api.js';

/** Asks again, with the same variables, where the service says that it is too much or cannot just now. */
export async function patiently<T = Json>(api: Api, document: string, variables: Json): Promise<T> {
  for (let pause = 200; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await api.ask<T>(document, variables);
    } catch (error) {
      const passing = error instanceof ApiProblem && ['TOO_MANY_REQUESTS', 'UNAVAILABLE'].includes(error.code);
      if (!passing) throw error;
      await sleep(pause);
    }
  }
}
