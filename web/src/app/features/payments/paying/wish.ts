import type { Currency } from '@shared/money/currencies';

import type { TipTarget } from '../payments';

interface Fixed {
  readonly amount: number;
  readonly currency: string;
}

/** What somebody wants to do with money. */
export type Wish =
  | { readonly kind: 'pay' | 'request'; readonly conversationId: string; readonly people: readonly string[] }
  | ({ readonly kind: 'answer'; readonly requestId: string; readonly payeeId: string; readonly note: string } & Fixed)
  | { readonly kind: 'tip'; readonly target: TipTarget; readonly name: string }
  | ({ readonly kind: 'post'; readonly postId: string } & Fixed)
  | { readonly kind: 'top_up'; readonly purpose?: 'ads'; readonly currency?: Currency }
  | { readonly kind: 'plan'; readonly channelId: string | null; readonly title: string };
