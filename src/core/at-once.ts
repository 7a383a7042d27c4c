import { setImmediate } from 'node:timers/promises';

/**
 * Does in one go what all who ask at one moment ask for: one command to a store instead of one for each. `all` is given
 * what was asked for, in order, and says what to answer to each; what it throws, all of them meet.
 */
export function atOnce<Asked, Answer>(
  all: (asked: readonly Asked[]) => Promise<(one: Asked) => Answer>,
): (one: Asked) => Promise<Answer> {
  let next: { asked: Asked[]; answers: Promise<(one: Asked) => Answer> } | undefined;
  const gather = () => {
    const asked: Asked[] = [];
    const answers = setImmediate().then(() => {
      next = undefined;
      return all(asked);
    });
    return { asked, answers };
  };
  return async (one) => {
    next ??= gather();
    next.asked.push(one);
    return (await next.answers)(one);
  };
}
