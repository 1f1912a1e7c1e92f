/**
 * One thing that somebody wants to pay. Its key stays the same while the same thing is tried again, after lost
 * answers too; what is changed, or is done, gets another one.
 */
export class Intention {
  private key = crypto.randomUUID();
  private wanted = '';

  /** Returns the key for a body. */
  keyFor(...body: readonly unknown[]): string {
    const wanted = JSON.stringify(body);
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.key = crypto.randomUUID();
    }
    return this.key;
  }

  /** There was an answer: the same thing again is another payment. */
  done(): void {
    this.wanted = '';
  }
}
