import { MessageLog, type Message } from '@core/store';

import { BEN, aMessage } from '../../../../testing/rooms';
import { me } from '../../../../testing/wire';

import { type RowSource, rowsOf } from './rows';

const CARLA = '01890000-0000-7000-8000-000000000003';

function aSource(count: number, facts: Partial<RowSource> = {}): RowSource & { log: MessageLog } {
  const log = new MessageLog();
  const messages = Array.from({ length: count }, (_, at) => aMessage(at + 1));
  log.fill(1, count, messages, 0);
  return { head: count, unsent: [], me: me.id, firstUnread: null, ...facts, log };
}

const rows = (source: RowSource, first = 1, last = source.head + source.unsent.length) => rowsOf(source, first, last, new Map());

describe('rows', () => {
  it('group what one person wrote within minutes', () => {
    const source = aSource(4);
    source.log.put(aMessage(3, { author_id: CARLA }));
    expect(rows(source).map((row) => [row.isFirst, row.isLast])).toEqual([[true, false], [false, true], [true, true], [true, true]]);
  });

  it('begin a group anew after a while', () => {
    const source = aSource(2);
    source.log.put(aMessage(2, { created_at: '2026-01-01T12:30:00Z' }));
    expect(rows(source).every((row) => row.isFirst && row.isLast)).toBe(true);
  });

  it('say the day above its first message alone', () => {
    const source = aSource(3);
    source.log.put(aMessage(3, { created_at: '2026-01-03T12:00:00Z' }));
    expect(rows(source).map((row) => row.day !== null)).toEqual([true, false, true]);
  });

  it('do not guess a day where the message above is not known', () => {
    const source = aSource(60);
    const log = new MessageLog();
    log.fill(51, 60, Array.from({ length: 10 }, (_, at) => aMessage(at + 51)), 0);
    expect(rows({ ...source, log }, 51, 60)[0]!.day).toBeNull();
  });

  it('leave no trace of what is gone', () => {
    const source = aSource(3);
    source.log.remove('m2');
    expect(rows(source).map((row) => row.message?.seq)).toEqual([1, 3]);
  });

  it('hold the place of what is not fetched yet', () => {
    const source = { ...aSource(0), head: 5 };
    expect(rows(source).map((row) => row.message)).toEqual([null, null, null, null, null]);
  });

  it('put the unread line above its message, which begins a group', () => {
    const source = aSource(3, { firstUnread: 2 });
    expect(rows(source).map((row) => row.isFirstUnread)).toEqual([false, true, false]);
    expect(rows(source)[0]!.isLast).toBe(true);
  });

  it('keep the key of a message from the first keystroke to its place', () => {
    const mine = { author_id: me.id, client_msg_id: 'c1' };
    const unsent: Message = { ...aMessage(0, mine), id: 'c1', seq: null, state: 'sending' };
    const before = rows({ ...aSource(1), unsent: [unsent] });
    const source = aSource(2);
    source.log.put(aMessage(2, mine));
    expect(rows(source)[1]!.key).toBe(before[1]!.key);
  });

  it('are the same objects while nothing of them changes', () => {
    const source = aSource(3);
    const before = rows(source);
    const known = new Map(before.map((row) => [row.key, row]));
    source.log.put(aMessage(3, { text: 'other', author_id: BEN }));
    const after = rowsOf(source, 1, 3, known);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[0]).toBe(before[0]);
    expect(after[2]).not.toBe(before[2]);
  });
});
