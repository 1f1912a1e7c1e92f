import { DOCUMENT, Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { ProblemError } from '@core/problem';

const REVOKED_MS = 60_000;

/** Files that only their owner may see: they are asked for with the access token, and handed over as they came. */
@Injectable({ providedIn: 'root' })
export class PrivateFiles {
  private readonly api = inject(Api);
  private readonly document = inject(DOCUMENT);
  private readonly language = inject(Language).current;

  /** Saves a receipt as a PDF. */
  async saveReceipt(paymentId: string): Promise<void> {
    await this.save(`/v1/payments/${paymentId}/receipt?form=pdf&language=${this.language}`, 'receipt.pdf');
  }

  /** Saves a month of the account as CSV. */
  async saveStatement(currency: string, month: string): Promise<void> {
    await this.save(`/v1/balance/statement?currency=${currency}&month=${month}`, 'statement.csv');
  }

  async save(path: string, usualName: string): Promise<void> {
    const answer = await this.fetch(path);
    const [, name] = /filename="([^"]+)"/u.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
    const link = this.document.createElement('a');
    link.href = addressOf(await answer.blob());
    link.download = name ?? usualName;
    link.click();
  }

  private async fetch(path: string): Promise<Response> {
    const answer = await this.api.send(new Request(new URL(path, this.document.location.origin))).catch(() => {
      throw ProblemError.offline();
    });
    if (!answer.ok) throw await ProblemError.of(answer);
    return answer;
  }
}

function addressOf(blob: Blob): string {
  const url = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(url), REVOKED_MS);
  return url;
}
