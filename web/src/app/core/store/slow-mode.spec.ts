import { aMessage } from '../../../testing/rooms';

import { MessageLog } from './message-log';
import { lastOf, secondsLeft } from './slow-mode';

describe('slow mode', () => {
  it('counts from the last message that one wrote', () => {
    const log = new MessageLog();
    const at = (seq: number) => new Date(2026, 4, 1, 10, 0, seq).toISOString();
    for (const [seq, author] of [[1, 'ana'], [2, 'ben'], [3, 'ana'], [4, 'ben']] as const)
      log.put({ ...aMessage(seq), author_id: author, created_at: at(seq) });
    expect(lastOf(log, 4, 'ana')).toBe(Date.parse(at(3)));
    expect(lastOf(log, 4, 'eve')).toBeNull();
    log.put({ ...aMessage(5), author_id: 'ana', created_at: at(5), kind: 'system' });
    expect(lastOf(log, 5, 'ana')).toBe(Date.parse(at(3)));
  });

  it('ends, and lasts no longer than the group says whatever the clock shows', () => {
    expect(secondsLeft(10_500, 1_000, 60)).toBe(10);
    expect(secondsLeft(10_500, 10_500, 60)).toBe(0);
    expect(secondsLeft(10_500, 99_000, 60)).toBe(0);
    expect(secondsLeft(10_000_000, 1_000, 60)).toBe(60);
  });
});
