import { type Signal, inject, resource } from '@angular/core';

import { Api } from '@core/api';
import type { Conversation, Member } from '@core/store';

const PAGE = 100;

/** The members of a conversation: those that are known, or all pages of a large group. In an injection context. */
export function membersOf(conversation: Signal<Conversation | undefined>) {
  const api = inject(Api);
  return resource({
    params: () => {
      const known = conversation();
      return known && { id: known.id, members: known.members, count: known.member_count };
    },
    loader: async ({ params }): Promise<readonly Member[]> => {
      if (params.members) return params.members;
      const found: Member[] = [];
      let after: string | undefined;
      do {
        const query = { limit: PAGE, after };
        const path = { conversation_id: params.id };
        const page = await api.ask((http) => http.GET('/v1/conversations/{conversation_id}/members', { params: { path, query } }));
        found.push(...page.items);
        after = page.next ?? undefined;
      } while (after);
      return found;
    },
  });
}
