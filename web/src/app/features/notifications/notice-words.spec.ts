import type { Notice } from '@core/notifications/notification-store';

import { reasonOf, remedyOf, wordsOf } from './notice-words';

function aNotice(more: Partial<Notice>): Notice {
  return {
    id: 'n',
    kind: 'mention',
    actor_id: 'ana',
    channel_id: null,
    conversation_id: 'c',
    post_id: null,
    message_id: 'm',
    count: 1,
    preview: '',
    read: false,
    why: { rule: 'mentioned' },
    created_at: '2026-05-01T10:00:00Z',
    ...more,
  };
}
const names = { actor: 'Ana', place: 'Sunday walk' };

describe('a notification in words', () => {
  it('says who did what, and counts several as one', () => {
    expect(wordsOf(aNotice({}), names)).toBe('Ana mentioned you');
    expect(wordsOf(aNotice({ count: 3 }), names)).toBe('You were mentioned 3 times');
    expect(wordsOf(aNotice({ kind: 'post', count: 12 }), names)).toBe('12 new posts');
    expect(wordsOf(aNotice({ kind: 'reply' }), { actor: null, place: null })).toBe('Somebody replied to you');
  });

  it('tells a video that is ready from a file that failed', () => {
    expect(wordsOf(aNotice({ kind: 'media', why: { rule: 'media_processed' } }), names)).toBe('Your video is ready');
    expect(wordsOf(aNotice({ kind: 'media', why: { rule: 'media_failed' } }), names)).toBe('A file of yours cannot be shown');
  });

  it('has a reason for every rule of the server, and one for those to come', () => {
    const rules = ['level_all', 'mentioned', 'replied_to', 'comment_on_your_post', 'media_processed', 'media_failed', 'webhook_disabled', 'something_new'];
    const reasons = rules.map((rule) => reasonOf(aNotice({ why: { rule } })));
    expect(new Set(reasons).size).toBe(rules.length);
  });

  it('leads to where the rule can be changed', () => {
    expect(remedyOf(aNotice({ kind: 'post', channel_id: 'ch' }))).toBe('/channels/ch/about');
    expect(remedyOf(aNotice({}))).toBe('/notifications/preferences');
    expect(remedyOf(aNotice({ kind: 'media' }))).toBeNull();
  });
});
