/** Events of one place are handled once and in order, whatever way they come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProblemError, Unreachable } from '../dist/index.js';
import { Lane } from '../dist/lane.js';
import { PACE, Pause, Stop } from '../dist/pace.js';
import { until } from './people.mjs';

const eventOf = (number) => ({ type: 'message.created', data: {}, number });
const numbers = (last, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** A place that has all events up to a number. */
class Log {
  key = 'conv:x';
  asked = [];
  failures = [];
  isReset = false;

  constructor(last, { page = 500, beginsAt = 0 } = {}) {
    Object.assign(this, { last, page, beginsAt });
  }

  async eventsAfter(number) {
    this.asked.push(number);
    if (this.failures.length) throw this.failures.shift();
    const end = Math.min(this.last, number + this.page);
    return { events: numbers(end, number + 1).map(eventOf), last: this.last, more: end < this.last, reset: this.isReset };
  }

  async beginning() {
    return this.beginsAt;
  }

  reset(number) {
    return { type: 'conversation.reset', data: {}, number };
  }
}

/** A lane that runs, and what it handled. */
function run(log, head = 0) {
  const handled = [];
  const saved = [];
  const stopped = new Stop();
  const handle = async (event) => {
    await null;
    handled.push(event.type === 'message.created' ? event.number : `${event.type} ${event.number}`);
  };
  const save = async (_place, number) => void saved.push(number);
  const pause = new Pause({ ...PACE, firstPauseMs: 1, longestPauseMs: 2 }, stopped);
  const lane = new Lane(log, head, { handle, save, pause, stopped });
  const running = lane.run();
  return { lane, handled, saved, stopped, running };
}

async function through({ handled, stopped, running }, count) {
  await until(() => handled.length >= count, `${count} events`);
  stopped.set();
  await running;
}

for (const order of [[1, 2, 3, 4], [1, 4, 2, 3], [4], [2, 2, 1, 4, 4], [4, 3, 2, 1]]) {
  test(`events that come as ${order} are handled once and in order`, async () => {
    const it = run(new Log(4));
    order.forEach((number) => it.lane.put(eventOf(number)));
    await through(it, 4);
    assert.deepEqual(it.handled, [1, 2, 3, 4]);
    assert.deepEqual(it.saved, [1, 2, 3, 4]);
  });
}

test('events in order are not asked for', async () => {
  const log = new Log(3);
  const it = run(log);
  [1, 2, 3].forEach((number) => it.lane.put(eventOf(number)));
  await through(it, 3);
  assert.deepEqual(log.asked, []);
});

test('a gap is asked for in pages and through failures', async () => {
  const log = new Log(10, { page: 4 });
  log.failures = [new Unreachable('away'), new ProblemError(503, { code: 'draining' })];
  const it = run(log);
  it.lane.reach(10);
  await through(it, 10);
  assert.deepEqual(it.handled, numbers(10));
  assert.deepEqual(log.asked, [0, 0, 0, 4, 8]);
});

test('more than memory shall hold is asked for later', async () => {
  const it = run(new Log(2_500));
  numbers(2_500).forEach((number) => it.lane.put(eventOf(number)));
  await through(it, 2_500);
  assert.deepEqual(it.handled, numbers(2_500));
});

test('who has just come begins not after what the socket told', async () => {
  const it = run(new Log(7, { beginsAt: 7 }), null);
  it.lane.put(eventOf(7));
  await through(it, 1);
  assert.deepEqual(it.handled, [7]);
});

test('restored older data is told and gone on from', async () => {
  const log = new Log(5);
  log.isReset = true;
  const it = run(log, 9);
  it.lane.reach(11);
  await through(it, 1);
  assert.deepEqual(it.handled, ['conversation.reset 5']);
  assert.equal(it.lane.head, 5);
});

test('a place that is refused is followed no longer', async () => {
  const log = new Log(5);
  log.failures = [new ProblemError(404, { code: 'unknown_conversation' })];
  const it = run(log);
  it.lane.reach(5);
  await it.running;
  assert.deepEqual(it.handled, []);
});

test('what came before the end is handled, and not saved', async () => {
  const it = run(new Log(2));
  it.lane.put(eventOf(1));
  it.lane.put(eventOf(2));
  it.lane.end();
  await it.running;
  assert.deepEqual(it.handled, [1, 2]);
});
