/** Where no socket opens, frames come by polls, and a socket takes over as soon as one opens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProblemError, Unreachable } from '../dist/index.js';
import { Live } from '../dist/live.js';
import { PACE, Stop } from '../dist/pace.js';
import { until } from './people.mjs';

/** Sockets that do not open while `blocked` is set. */
const network = () => ({ blocked: true, tried: 0, sockets: [] });
const socketsOf = (net) =>
  class extends EventTarget {
    constructor() {
      super();
      net.tried++;
      queueMicrotask(() => (net.blocked ? this.close() : this.dispatchEvent(new Event('open'))));
      if (!net.blocked) net.sockets.push(this);
    }

    send(text) {
      if (JSON.parse(text).t === 'auth') this.tell({ t: 'ready', user: 'me', heartbeat_s: 25 });
    }

    tell(frame) {
      this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(frame) }));
    }

    close() {
      this.dispatchEvent(Object.assign(new Event('close'), { code: 1006 }));
    }
  };

/** Answers polls with what the tests put there; the cursor counts them. */
class Api {
  polls = [];
  answers = [];
  waiting = null;

  ask(call) {
    return call({ POST: (path, init) => (path === '/v1/poll' ? this.poll(init) : { ticket: 't' }) });
  }

  put(...answers) {
    this.answers.push(...answers);
    this.waiting?.();
  }

  async poll({ body, signal }) {
    this.polls.push(body);
    if (body.cursor === undefined) return { frames: [{ t: 'ready' }], cursor: '0' };
    if (body.timeout === 0) return { frames: [], cursor: body.cursor };
    if (!this.answers.length) {
      await new Promise((resolve) => {
        this.waiting = resolve;
        signal.addEventListener('abort', resolve);
      });
    }
    if (signal.aborted) throw new Unreachable('called off');
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    return { frames: [answer], cursor: String(Number(body.cursor) + 1) };
  }
}

async function withLive(pace, act) {
  const [net, api, stopped] = [network(), new Api(), new Stop()];
  const follower = { frames: [], syncs: 0, onFrame: (frame) => frame.t === 'event' && follower.frames.push(frame.number) };
  follower.sync = async () => void follower.syncs++;
  const whole = { ...PACE, firstPauseMs: 1, longestPauseMs: 2, ...pace };
  const ends = { url: 'ws://charla', webSocket: socketsOf(net), api, follower, pace: whole, stopped, onReady: () => undefined };
  const running = new Live(ends).run();
  await act({ net, api, follower });
  stopped.set();
  await running;
}

const event = (number) => ({ t: 'event', number });

test('frames come by polls, in order', () =>
  withLive({}, async ({ net, api, follower }) => {
    api.put(event(1), event(2), event(3));
    await until(() => follower.frames.length === 3, 'three events');
    assert.deepEqual(follower.frames, [1, 2, 3]);
    assert.deepEqual(api.polls.slice(0, 4).map((each) => each.cursor), [undefined, '0', '1', '2']);
    assert.equal(net.tried, 3);
    await until(() => follower.syncs === 1, 'a sync');
  }));

test('a poll that fails is asked again from where it was, and sync too', () =>
  withLive({}, async ({ api, follower }) => {
    await until(() => follower.syncs === 1, 'a sync');
    api.put(new Unreachable('away'), event(1));
    await until(() => follower.frames.length === 1 && follower.syncs === 2, 'an event and a sync');
    assert.deepEqual(api.polls.slice(0, 4).map((each) => each.cursor), [undefined, '0', '0', '0']);
  }));

test('a cursor that is refused is given up', () =>
  withLive({}, async ({ api, follower }) => {
    api.put(new ProblemError(400, { code: 'cursor_invalid' }), event(1));
    await until(() => follower.frames.length === 1, 'an event');
    assert.deepEqual(api.polls.slice(0, 4).map((each) => each.cursor), [undefined, '0', undefined, '0']);
  }));

test('resync asks for everything', () =>
  withLive({}, async ({ api, follower }) => {
    await until(() => follower.syncs === 1, 'a sync');
    api.put({ t: 'resync' });
    await until(() => follower.syncs === 2, 'another one');
  }));

test('a socket takes over as soon as one opens', () =>
  withLive({ socketAgainMs: 10 }, async ({ net, follower }) => {
    await until(() => net.tried > 4, 'further tries');
    net.blocked = false;
    await until(() => net.sockets.length === 1, 'a socket');
    net.sockets[0].tell(event(7));
    await until(() => follower.frames.length === 1, 'its event');
    assert.deepEqual(follower.frames, [7]);
  }));
