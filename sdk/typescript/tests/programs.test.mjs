/** Commands are told to conversations and answered once; a post to a webhook arrives once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStorage, ProblemError, Unreachable, Webhook } from '../dist/index.js';
import { Commands } from '../dist/commands.js';
import { Outbox } from '../dist/outbox.js';
import { PACE, Stop } from '../dist/pace.js';
import { Store } from '../dist/storage.js';
import { until } from './people.mjs';

const QUICK = { ...PACE, firstPauseMs: 1, longestPauseMs: 2 };
const ECHO = { name: 'echo', description: 'Says it again', usage: '<words>' };
const HELP = { name: 'help', description: 'Says what there is', usage: '' };

const commandsOf = (known) => JSON.stringify([...known].sort((a, b) => (a.name < b.name ? -1 : 1)));

/** Commands of a bot with two conversations, one of which is archived. */
async function scene(store = new Store(new MemoryStorage())) {
  await store.open();
  const [told, refusals, heard, failures, stopped] = [[], [], [], [], new Stop()];
  const http = {
    GET: async (_path, { params }) => ({ items: [{ id: params.query.archived ? 'old' : 'new' }], next: null }),
    PUT: async (_path, { params, body }) => {
      if (refusals.length) throw refusals.shift();
      told.push([params.path.conversation_id, body.commands.map((each) => each.name)]);
    },
  };
  const api = { ask: (call) => call(http) };
  const outbox = new Outbox(api, store, QUICK);
  const commands = new Commands(api, store, outbox, QUICK);
  const answer = async (command) => {
    heard.push(command);
    await command.reply(command.text);
    await command.reply('that is all');
  };
  const isTold = () => (store.fact('commands') ?? '[]') === commandsOf(known);
  const known = [];
  const know = (...bodies) => bodies.forEach((each) => known.push(each) && commands.add(each, answer));
  const toldAfter = async (count) => {
    commands.start({ stopped, fail: (failure) => failures.push(failure) });
    await until(() => told.length >= count, `${count} conversations`);
    await until(() => isTold(), 'what was told is kept');
    stopped.set();
    await commands.ended();
    assert.deepEqual(failures, []);
    return told;
  };
  return { store, refusals, heard, outbox, commands, know, toldAfter };
}

const message = (text, more = {}) => {
  const entity = { type: 'command', offset: 0, length: text.split(' ')[0].length, user_id: 'bot' };
  return { type: 'message.created', data: { id: 'm1', conversation_id: 'c', author_id: 'ana', text, entities: [entity], ...more } };
};

test('all conversations are told once', async () => {
  const first = await scene();
  first.know(HELP, ECHO);
  assert.deepEqual(await first.toldAfter(2), [['new', ['echo', 'help']], ['old', ['echo', 'help']]]);
});

test('nobody is told again where nothing is new, and all are where less is', async () => {
  const store = new Store(new MemoryStorage());
  const first = await scene(store);
  first.know(HELP, ECHO);
  await first.toldAfter(2);
  const again = await scene(store);
  again.know(ECHO, HELP);
  assert.deepEqual(await again.toldAfter(0), []);
  const fewer = await scene(store);
  assert.deepEqual(await fewer.toldAfter(2), [['new', []], ['old', []]]);
});

test('one that is joined later is told too', async () => {
  const bot = await scene();
  bot.know(ECHO);
  bot.commands.onJoined({ type: 'conversation.joined', data: {}, conversationId: 'later' });
  assert.deepEqual((await bot.toldAfter(3))[2], ['later', ['echo']]);
});

test('a name that somebody else has is left out there', async () => {
  const bot = await scene();
  bot.know(HELP, ECHO);
  bot.refusals.push(new ProblemError(503, {}), new ProblemError(409, { code: 'command_taken', name: 'help' }));
  assert.deepEqual((await bot.toldAfter(2))[0], ['new', ['echo']]);
});

test('a command is answered under ids made of its own', async () => {
  const bot = await scene();
  bot.know(ECHO);
  await bot.commands.onMessage(message('/ECHO  hello there '), 'bot');
  await bot.commands.onMessage(message('/ECHO  hello there '), 'bot'); // met again after a crash
  const [{ name, text, conversationId }] = bot.heard;
  assert.deepEqual([name, text, conversationId], ['echo', 'hello there', 'c']);
  const sent = bot.outbox.entries().map(({ body }) => [body.client_msg_id, body.text]);
  assert.deepEqual(sent, [['answer-0-m1', 'hello there'], ['answer-1-m1', 'that is all']]);
});

test('nothing else is', async () => {
  const bot = await scene();
  bot.know(ECHO);
  const others = [{ type: 'command', offset: 0, length: 5, user_id: 'another' }];
  const events = [message('/echo', { author_id: 'bot' }), message('/echo', { entities: [] }), message('/echo', { entities: others }), message('/x')];
  for (const each of events) await bot.commands.onMessage(each, 'bot');
  assert.deepEqual(bot.heard, []);
});

/** Posts to a server that answers so; returns what it was asked, and what came of it. */
async function post(answers, { tries = 5, ...fields } = {}) {
  const real = globalThis.fetch;
  const asked = [];
  globalThis.fetch = async (request) => {
    asked.push({ url: request.url, key: request.headers.get('Idempotency-Key'), body: await request.json() });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  try {
    const hook = new Webhook('http://charla/v1/hooks/1/secret', { pace: QUICK, tries });
    return { asked, posted: await hook.post('done', fields).catch((failure) => failure) };
  } finally {
    globalThis.fetch = real;
  }
}

const json = (status, body) => new Response(JSON.stringify(body), { status });

test('a post is tried under one key until it is answered', async () => {
  const { asked, posted } = await post([new TypeError('away'), json(503, { code: 'overloaded' }), json(201, { seq: 1 })]);
  assert.deepEqual(posted, { seq: 1 });
  assert.deepEqual(asked.map(({ body }) => body), [{ text: 'done' }, { text: 'done' }, { text: 'done' }]);
  assert.equal(new Set(asked.map(({ key }) => key)).size, 1);
  assert.equal((await post([json(201, {})], { key: 'build-7' })).asked[0].key, 'build-7');
});

test('a refusal is not tried again, and at last it gives up', async () => {
  const refused = await post([json(404, { code: 'unknown_webhook' })]);
  assert.deepEqual([refused.posted.code, refused.asked.length], ['unknown_webhook', 1]);
  const lost = await post([new TypeError('away'), new TypeError('away')], { tries: 2 });
  assert.ok(lost.posted instanceof Unreachable);
  assert.equal(lost.asked.length, 2);
});
