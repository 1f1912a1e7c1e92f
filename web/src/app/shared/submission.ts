import { type WritableSignal, signal } from '@angular/core';

import { type ProblemError, asProblem } from '@core/problem';

/** One form's sending: whether it runs, and what was refused, so that it can stand at its field. */
export class Submission {
  readonly isBusy = signal(false);
  readonly problem: WritableSignal<ProblemError | null> = signal(null);

  /** @param fields which field each code belongs to; the API's own `field` counts too. */
  constructor(private readonly fields: Readonly<Record<string, string>> = {}) {}

  async run(work: () => Promise<unknown>): Promise<void> {
    if (this.isBusy()) return;
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      await work();
    } catch (error) {
      this.problem.set(asProblem(error));
    } finally {
      this.isBusy.set(false);
    }
  }

  /** What is wrong with a field, in words. */
  at(field: string): string | null {
    const problem = this.problem();
    return problem && this.place(problem) === field ? problem.words : null;
  }

  /** What is wrong with none of the fields. */
  general(): string | null {
    const problem = this.problem();
    return problem && !this.place(problem) ? problem.words : null;
  }

  private place(problem: ProblemError): string | undefined {
    const named = this.fields[problem.code] ?? problem.field;
    return named && Object.values(this.fields).includes(named) ? named : undefined;
  }
}
