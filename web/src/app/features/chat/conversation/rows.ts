import type { Message, MessageLog } from '@core/store';
import { daysBetween } from '@shared/time';

/** One line of a conversation: a message with what stands above it, or a place that is still being fetched. */
export interface Row {
  /** Stays the same from the first keystroke to the last receipt. */
  key: string;
  index: number;
  message: Message | null;
  isOwn: boolean;
  /** The first of several of one author in a row. */
  isFirst: boolean;
  isLast: boolean;
  /** The day that begins with it. */
  day: string | null;
  isFirstUnread: boolean;
}

export interface RowSource {
  log: Pick<MessageLog, 'at'>;
  /** The last seq of the conversation; what is unsent comes after it. */
  head: number;
  unsent: readonly Message[];
  me: string;
  firstUnread: number | null;
}

const GROUP_MS = 5 * 60_000;
const LOOK_BACK = 60;

/** Returns the rows from `first` to `last`; where nothing is (any more) there is none. */
export function rowsOf(source: RowSource, first: number, last: number, before: ReadonlyMap<string, Row>): Row[] {
  const rows: Row[] = [];
  for (let index = first; index <= last; index++) {
    const message = at(source, index);
    if (message === null) continue;
    const row = message ? rowOf(source, index, message) : placeholder(index);
    const known = before.get(row.key);
    rows.push(known && isSame(known, row) ? known : row);
  }
  return rows;
}

/** Returns how many rows there are, unsent ones among them. */
export function countOf(source: Pick<RowSource, 'head' | 'unsent'>): number {
  return source.head + source.unsent.length;
}

/** Returns what stands at a row: null where nothing is, undefined where it is not known. */
export function at({ log, head, unsent }: RowSource, index: number): Message | null | undefined {
  return index <= head ? log.at(index) : (unsent[index - head - 1] ?? null);
}

function rowOf(source: RowSource, index: number, message: Message): Row {
  const isOwn = message.author_id === source.me;
  const above = neighbour(source, index, -1);
  const below = neighbour(source, index, 1);
  const startsDay = above === null || (above !== undefined && isOtherDay(above, message));
  return {
    key: (isOwn && message.client_msg_id) || message.id,
    index,
    message,
    isOwn,
    isFirst: startsDay || !isTogether(above, message) || index === source.firstUnread,
    isLast: !isTogether(message, below) || index + 1 === source.firstUnread,
    day: startsDay ? message.created_at : null,
    isFirstUnread: index === source.firstUnread,
  };
}

/** Returns the row of a message that stands by itself, as in a thread. */
export function rowAlone(message: Message, me: string): Row {
  const [key, index] = [message.client_msg_id ?? message.id, message.seq ?? 1];
  return { key, index, message, isOwn: message.author_id === me, isFirst: true, isLast: true, day: null, isFirstUnread: false };
}

function placeholder(index: number): Row {
  const key = `seq-${index}`;
  return { key, index, message: null, isOwn: index % 3 === 0, isFirst: true, isLast: true, day: null, isFirstUnread: false };
}

/** Returns the next message above or below: null at the end, undefined where it is not known. */
function neighbour(source: RowSource, index: number, step: 1 | -1): Message | null | undefined {
  const count = countOf(source);
  for (let each = index + step; each >= 1 && each <= count; each += step) {
    const found = at(source, each);
    if (found !== null) return found;
    if (Math.abs(each - index) > LOOK_BACK) return undefined;
  }
  return null;
}

function isTogether(one: Message | null | undefined, other: Message | null | undefined): boolean {
  if (!one || !other || one.author_id !== other.author_id) return false;
  if (one.webhook?.name !== other.webhook?.name) return false;
  if (one.kind === 'system' || other.kind === 'system' || isOtherDay(one, other)) return false;
  return Math.abs(Date.parse(other.created_at) - Date.parse(one.created_at)) < GROUP_MS;
}

function isOtherDay(one: Message, other: Message): boolean {
  return daysBetween(new Date(one.created_at), new Date(other.created_at)) !== 0;
}

function isSame(one: Row, other: Row): boolean {
  return (Object.keys(one) as (keyof Row)[]).every((key) => one[key] === other[key] || key === 'key');
}
