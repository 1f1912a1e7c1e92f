import { wordsFor } from './words';

/** What a problem document (RFC 9457) of Charla says beside its prose. */
export interface ProblemFacts {
  readonly code: string;
  readonly status: number;
  readonly field?: string;
  readonly retry_after_s?: number;
  readonly detail?: string;
  readonly request_id?: string;
  readonly [fact: string]: unknown;
}

/** The one kind of error that a call throws. `code` is stable; `words` is what people read. */
export class ProblemError extends Error {
  constructor(readonly facts: ProblemFacts) {
    super(`${facts.status} ${facts.code}`);
    this.name = 'ProblemError';
  }

  get code(): string {
    return this.facts.code;
  }

  get status(): number {
    return this.facts.status;
  }

  /** The field of the request that was refused. */
  get field(): string | undefined {
    return this.facts.field;
  }

  /** The sentence for people, in their language. */
  get words(): string {
    return wordsFor(this.facts);
  }

  /** Whether the same call may go well in a moment. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  static async of(response: Response): Promise<ProblemError> {
    const said: unknown = await response.json().catch(() => null);
    const facts = said !== null && typeof said === 'object' ? (said as Partial<ProblemFacts>) : {};
    const seconds = Number(response.headers.get('Retry-After'));
    return new ProblemError({
      ...facts,
      code: facts.code ?? (response.status >= 500 ? 'unavailable' : 'unknown'),
      status: response.status,
      retry_after_s: facts.retry_after_s ?? (seconds > 0 ? seconds : undefined),
    });
  }

  /** No answer came: the network or the server is away. */
  static offline(): ProblemError {
    return new ProblemError({ code: 'offline', status: 0 });
  }
}

/** Returns any error as one that has words. */
export function asProblem(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError({ code: 'unknown', status: 500 });
}
