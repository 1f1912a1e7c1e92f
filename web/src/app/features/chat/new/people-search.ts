import { type Signal, inject, resource, signal } from '@angular/core';

import { Api } from '@core/api';
import { Session } from '@core/session';
import { People, type Person } from '@core/store';

const PAUSE_MS = 250;
const LIMIT = 30;

/** Looks for people by what is typed; made in an injection context. */
export function peopleSearch(words: Signal<string>) {
  const api = inject(Api);
  const people = inject(People);
  const me = inject(Session).me;
  const found = signal<readonly Person[]>([]);
  const answer = resource({
    params: () => words().trim() || undefined,
    loader: async ({ params: query, abortSignal }) => {
      await new Promise((done) => setTimeout(done, PAUSE_MS));
      if (abortSignal.aborted) return found();
      const { items } = await api.ask((http) => http.GET('/v1/users', { params: { query: { query, limit: LIMIT } } }));
      people.put(items);
      const others = items.filter((each) => each.id !== me()?.id && !each.deactivated);
      found.set(others);
      return others;
    },
  });
  return answer;
}
