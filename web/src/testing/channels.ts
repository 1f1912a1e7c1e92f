import type { Channel, Post } from '@core/channels/channel';

/** A public channel that one follows. */
export function aChannel(more: Partial<Channel> = {}): Channel {
  return {
    id: 'channel',
    handle: null,
    title: 'Mountain news',
    description: '',
    topics: [],
    language: 'en',
    visibility: 'public',
    verified: false,
    paid: false,
    picture: null,
    owner_id: 'ana',
    created_at: '2026-05-01T10:00:00Z',
    seq: 5,
    follower_count: 2,
    unread: 0,
    subscription: { level: 'all', role: 'follower', since: '2026-05-01T10:00:00Z', read_seq: 5, muted_until: null },
    ...more,
  };
}

/** A post of Ana's. */
export function aPost(seq: number, more: Partial<Post> = {}): Post {
  return {
    id: `post-${seq}`,
    channel_id: 'channel',
    ad: null,
    author_id: 'ana',
    seq,
    text: `post ${seq}`,
    entities: [],
    media_ids: [],
    reactions: [],
    views: 0,
    pinned: false,
    silent: false,
    deleted: false,
    comments: false,
    comments_conversation_id: null,
    paid: false,
    price: null,
    teaser: '',
    locked: false,
    created_at: '2026-05-01T10:00:00Z',
    edited_at: null,
    ...more,
  };
}
