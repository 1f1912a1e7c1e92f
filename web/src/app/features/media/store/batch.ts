import { asProblem } from '@core/problem';

/** What one call takes. */
const MOST = 100;
/** What is asked for within this time goes together. */
const GATHER_MS = 15;
const FIRST_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 30_000;

/** Gathers ids that are asked for at about the same time into few calls; a call that failed for a moment is made again. */
export class Batch {
  private readonly wanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(private readonly ask: (ids: string[]) => Promise<void>) {}

  add(id: string): void {
    this.wanted.add(id);
    this.timer ??= setTimeout(() => void this.run(), GATHER_MS);
  }

  private async run(): Promise<void> {
    const ids = [...this.wanted].slice(0, MOST);
    ids.forEach((id) => this.wanted.delete(id));
    let wait = GATHER_MS;
    try {
      await this.ask(ids);
      this.failures = 0;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.isTemporary) ids.forEach((id) => this.wanted.add(id));
      wait = Math.max((problem.facts.retry_after_s ?? 0) * 1000, Math.min(FIRST_AGAIN_MS * 2 ** this.failures++, LONGEST_AGAIN_MS));
    }
    this.timer = this.wanted.size > 0 ? setTimeout(() => void this.run(), wait) : undefined;
  }
}
