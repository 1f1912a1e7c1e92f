/** On a real stack, where CHARLA_URL names one: nothing is lost and nothing doubled, whatever breaks in between. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, describe, test } from 'node:test';
import WebSocket from 'ws';

import { Charla, ProblemError, SessionEnded, StorageInUse, StorageOfAnother } from '../dist/index.js';
import { FileStorage } from '../dist/node.js';
import { Account, until, URL_OF_STACK } from './people.mjs';
import { TcpProxy } from './tcp-proxy.mjs';

const PACE = { firstPauseMs: 50, longestPauseMs: 300, connectMs: 10_000 };

/** Runs a client of an account, does something with it while it is connected, and ends it. */
async function withClient(account, url, options, act) {
  const charla = await Charla.open(url, { pace: PACE, webSocket: WebSocket, ...options });
  const heard = [];
  charla.on('message.created', (event) => void heard.push(event));
  try {
    charla.session.enter(account.signedIn);
    const connected = charla.nextConnection();
    const running = charla.run();
    await Promise.race([connected, running]);
    await act(charla, heard, running);
    charla.stop();
    await running;
  } finally {
    await charla.close();
  }
}

const textsIn = (heard, group) => heard.filter((each) => each.conversationId === group).map((each) => each.data.text);
const folder = await mkdtemp(join(tmpdir(), 'charla-sdk-'));
after(() => rm(folder, { recursive: true }));
const newFile = async () => join(await mkdtemp(join(folder, 'one-')), 'store');

describe('on a real stack', { skip: !URL_OF_STACK, timeout: 280_000 }, () => {
  let ana, ben, group, proxy;

  before(async () => {
    [ana, ben] = [await Account.register(), await Account.register()];
  });

  beforeEach(async (context) => {
    group = await ana.makeGroup(ben);
    proxy = await TcpProxy.before(URL_OF_STACK);
  });

  const tested = (name, work) =>
    test(name, async () => {
      try {
        await work();
      } finally {
        proxy.close();
      }
    });

  tested('what is sent while the connection is down arrives once and in order', async () => {
    await withClient(ana, proxy.url, {}, async (charla) => {
      await (await charla.send(group, 'before')).answer();
      proxy.cut();
      for (const number of [0, 1, 2, 3, 4]) await charla.send(group, `down ${number}`);
      assert.deepEqual(await ben.texts(group), ['before']);
      proxy.mend();
      await charla.outbox.whenEmpty();
    });
    assert.deepEqual(await ben.texts(group), ['before', ...[0, 1, 2, 3, 4].map((number) => `down ${number}`)]);
  });

  tested('where no socket opens, polls bring everything once and in order', async () => {
    class Blocked extends EventTarget {
      constructor() {
        super();
        setTimeout(() => this.close());
      }

      close() {
        this.dispatchEvent(Object.assign(new Event('close'), { code: 1006 }));
      }
    }
    await withClient(ben, URL_OF_STACK, { webSocket: Blocked }, async (charla, heard) => {
      for (const number of [0, 1, 2, 3]) await ana.write(group, `said ${number}`);
      await (await charla.send(group, 'heard')).answer();
      await until(() => textsIn(heard, group).includes('heard'), 'one\'s own message');
      await ana.write(group, 'later');
      await until(() => textsIn(heard, group).includes('later'), 'the last one');
      assert.deepEqual(textsIn(heard, group), ['said 0', 'said 1', 'said 2', 'said 3', 'heard', 'later']);
    });
  });

  tested('a command that is sent is answered once', async () => {
    const bot = await Charla.open(URL_OF_STACK, { pace: PACE, webSocket: WebSocket });
    bot.command('echo', { description: 'Says it again' }, (command) => command.reply(command.text));
    try {
      bot.session.enter(ben.signedIn);
      const running = bot.run();
      await until(async () => (await ana.ask('GET', `/conversations/${group}/commands`)).items.length === 1, 'its command');
      await ana.write(group, '/echo hello');
      await until(async () => (await ana.texts(group)).includes('hello'), 'the answer');
      bot.stop();
      await running;
    } finally {
      await bot.close();
    }
    assert.deepEqual(await ana.texts(group), ['/echo hello', 'hello']);
  });

  tested('sockets that are cut lose no event and double none', async () => {
    await withClient(ben, proxy.url, {}, async (_charla, heard) => {
      for (let number = 0; number < 30; number++) {
        if (number % 10 === 4) proxy.cut();
        await ana.write(group, `m${number}`);
        if (number % 10 === 7) proxy.mend();
      }
      await until(() => textsIn(heard, group).includes('m29'), 'the last message');
      const here = heard.filter((each) => each.conversationId === group);
      assert.deepEqual(here.map((each) => each.number), Array.from({ length: 30 }, (_, index) => index + 1));
      assert.deepEqual(textsIn(heard, group), Array.from({ length: 30 }, (_, index) => `m${index}`));
    });
  });

  tested('what happened while the program was away is handled when it is back', async () => {
    const path = await newFile();
    const listen = async (place, last) => {
      let texts;
      await withClient(ben, URL_OF_STACK, { storage: new FileStorage(path) }, async (_charla, heard) => {
        await ana.write(place, last);
        await until(() => textsIn(heard, place).includes(last), last);
        texts = textsIn(heard, place);
      });
      return texts;
    };
    await ana.write(group, 'before the first time');
    assert.deepEqual(await listen(group, 'here'), ['here']);
    await ana.write(group, 'while away');
    assert.deepEqual(await listen(group, 'back'), ['while away', 'back']);
  });

  tested('what the server refuses is kept and lets the next ones pass', async () => {
    await withClient(ana, URL_OF_STACK, {}, async (charla) => {
      const refused = await charla.send(group, 'x'.repeat(8_001));
      await (await charla.send(group, 'short')).answer();
      await assert.rejects(refused.answer(), (error) => error instanceof ProblemError && error.code === 'invalid_field');
      assert.deepEqual(charla.outbox.entries().map((each) => each.body.client_msg_id), [refused.clientMsgId]);
    });
  });

  tested('a program killed before the answer sends once', async () => {
    const path = await newFile();
    const program = (url, text) => {
      const words = [new URL('sending-program.mjs', import.meta.url).pathname, url, path, JSON.stringify(ana.signedIn), group];
      const found = spawn(process.execPath, text ? [...words, text] : words, { stdio: ['pipe', 'pipe', 'inherit'] });
      return { found, lines: createInterface({ input: found.stdout })[Symbol.asyncIterator]() };
    };
    const line = async ({ lines }) => (await lines.next()).value;

    const first = program(proxy.url, 'once');
    assert.equal(await line(first), 'ready');
    proxy.state = 'deaf';
    first.found.stdin.write('\n');
    assert.equal(await line(first), 'stored');
    await until(async () => (await ben.texts(group)).includes('once'), 'the server has stored the message');
    first.found.kill('SIGKILL');
    await once(first.found, 'close');

    const second = program(URL_OF_STACK, 'and another');
    assert.equal(await line(second), 'ready');
    second.found.stdin.write('\n');
    assert.deepEqual(await once(second.found, 'close'), [0, null]);
    assert.deepEqual(await ben.texts(group), ['once', 'and another']);
  });

  tested('a store is one account\'s', async () => {
    const path = await newFile();
    await withClient(ana, URL_OF_STACK, { storage: new FileStorage(path) }, async () => {
      await assert.rejects(Charla.open(URL_OF_STACK, { storage: new FileStorage(path) }), StorageInUse);
    });
    const act = withClient(ben, URL_OF_STACK, { storage: new FileStorage(path) }, async () => assert.fail('it ran'));
    await assert.rejects(act, StorageOfAnother);
  });

  tested('a session that was ended ends the run', async () => {
    const act = withClient(ana, URL_OF_STACK, {}, async (_charla, _heard, running) => {
      await ana.logOut();
      await running;
    });
    await assert.rejects(act, SessionEnded);
  });
});
