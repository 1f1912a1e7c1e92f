import { aChannel } from '../../../testing/channels';

import { hasRole, isQuiet, pathOf, ranksAtLeast } from './channel';

describe('a channel', () => {
  it('ranks roles', () => {
    expect(ranksAtLeast('admin', 'author')).toBe(true);
    expect(ranksAtLeast('author', 'admin')).toBe(false);
    expect(hasRole(aChannel(), 'author')).toBe(false);
    expect(hasRole(aChannel({ subscription: null }), 'follower')).toBe(false);
    expect(hasRole(undefined, 'follower')).toBe(false);
  });

  it('is quiet by its level, and while it is muted', () => {
    const now = Date.parse('2026-05-01T12:00:00Z');
    const mutedUntil = (muted_until: string) => aChannel({ subscription: { ...aChannel().subscription!, muted_until } });
    expect(isQuiet(aChannel(), now)).toBe(false);
    expect(isQuiet(aChannel({ subscription: { ...aChannel().subscription!, level: 'silent' } }), now)).toBe(true);
    expect(isQuiet(mutedUntil('2026-05-01T13:00:00Z'), now)).toBe(true);
    expect(isQuiet(mutedUntil('2026-05-01T11:00:00Z'), now)).toBe(false);
  });

  it('has an address by its handle, where it has one', () => {
    expect(pathOf(aChannel())).toBe('/channels/channel');
    expect(pathOf(aChannel({ handle: 'Mountains' }))).toBe('/channels/@Mountains');
  });
});
