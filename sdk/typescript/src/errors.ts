/** Anything that this package throws on purpose. */
export class CharlaError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** There was no answer, or none of Charla; whether the work was done is open. */
export class Unreachable extends CharlaError {}

/** Nobody is signed in (any more): sign in again. */
export class SessionEnded extends CharlaError {}

/** Another process, or another tab, has this storage open. */
export class StorageInUse extends CharlaError {}

/** This storage holds what another account sends and follows. */
export class StorageOfAnother extends CharlaError {}

/** The password was right, and a second factor is owed: go on with `session.loginWithCode`. */
export class FactorRequired extends CharlaError {
  constructor(
    readonly token: string,
    readonly factors: readonly string[],
  ) {
    super('a second factor is required');
  }
}

/**
 * This installation demands a second factor, and the account has none yet: `/v1/auth/enrolment/…` sets one up with the
 * token and signs in.
 */
export class EnrolmentRequired extends CharlaError {
  constructor(
    readonly token: string,
    readonly factors: readonly string[],
  ) {
    super('a second factor has to be set up first');
  }
}

/** The server refused: a problem document (RFC 9457). Decide by `code`, which is stable. */
export class ProblemError extends CharlaError {
  readonly code: string;

  constructor(
    readonly status: number,
    readonly facts: Readonly<Record<string, unknown>>,
  ) {
    const code = String(facts['code'] ?? 'unknown');
    super(`${status} ${code}: ${String(facts['detail'] ?? '')}`);
    this.code = code;
  }

  /** For how long the server wants one to wait. */
  get retryAfterMs(): number {
    return Number(this.facts['retry_after_s'] ?? 0) * 1000;
  }

  /** Whether the same request may go well later. */
  get isTemporary(): boolean {
    return [408, 425, 429].includes(this.status) || this.status >= 500;
  }
}

/** Whether what failed may go well later. */
export function isTemporary(failure: unknown): boolean {
  return failure instanceof Unreachable || (failure instanceof ProblemError && failure.isTemporary);
}
