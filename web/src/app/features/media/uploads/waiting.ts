import type { ProblemError } from '@core/problem';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** The offset differs, somebody else sends to it, or a checksum did: the server says where to go on from. */
const GOES_ON = [401, 409, 423, 460];

/** Returns whether the same upload may go well in a moment. */
export function mayGoOn(problem: ProblemError): boolean {
  return problem.isTemporary || GOES_ON.includes(problem.status);
}

/**
 * Waits before attempt number `failures`: as long as the server asks for, or longer each time; shorter when the
 * network comes back. Throws `signal.reason` when aborted.
 */
export function waitFor(problem: ProblemError, failures: number, signal: AbortSignal): Promise<void> {
  const asked = (problem.facts.retry_after_s ?? 0) * 1000;
  const wait = Math.min(Math.max(asked, FIRST_MS * 2 ** Math.min(failures - 1, 10)), LONGEST_MS);
  return new Promise((done, fail) => {
    const end = (then: () => void) => () => {
      clearTimeout(timer);
      removeEventListener('online', hurry);
      signal.removeEventListener('abort', stop);
      then();
    };
    const hurry = end(done);
    const stop = end(() => fail(signal.reason as Error));
    const timer = setTimeout(hurry, wait * (0.75 + Math.random() / 2));
    addEventListener('online', hurry);
    signal.addEventListener('abort', stop);
  });
}
