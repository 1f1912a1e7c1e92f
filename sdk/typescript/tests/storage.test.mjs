/** Storages keep what they promised, and are open once. */
import 'fake-indexeddb/auto';

import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { IndexedDbStorage, StorageInUse } from '../dist/index.js';
import { FileStorage } from '../dist/node.js';
import { Store } from '../dist/storage.js';

const folder = await mkdtemp(join(tmpdir(), 'charla-sdk-'));
const path = join(folder, 'store');
after(() => rm(folder, { recursive: true }));

for (const [kind, make] of [['a file', () => new FileStorage(path)], ['IndexedDB', () => new IndexedDbStorage('x')]]) {
  test(`what was kept in ${kind} is there after the process`, async () => {
    const first = new Store(make());
    await first.open();
    for (const number of [0, 1, 2]) await first.add('conv', { client_msg_id: `id${number}`, text: 'ñ' });
    await first.add('conv', { client_msg_id: 'id0', text: 'another' });
    await first.put({ ...first.find('id1'), problem: { code: 'invalid_field' } });
    await first.remove(first.find('id2'));
    await first.setHead('conv:a', 3);
    await first.setHead('conv:b', 4);
    await first.forgetHead('conv:a');
    await first.setFact('epoch', '1');
    await first.close();

    const second = new Store(make());
    await second.open();
    const found = second.entries().map((each) => [each.body.client_msg_id, each.body.text, each.problem?.code]);
    assert.deepEqual(found, [['id0', 'ñ', undefined], ['id1', 'ñ', 'invalid_field']]);
    assert.deepEqual([...second.knownHeads()], [['conv:b', 4]]);
    assert.equal(second.fact('epoch'), '1');
    await second.add('conv', { client_msg_id: 'id3', text: 'last' });
    assert.equal(second.entries().at(-1).body.client_msg_id, 'id3');
    await second.close();
  });
}

test('a file is open once, and a lock of a process that is no more is none', async () => {
  const first = new FileStorage(path);
  await first.open();
  await assert.rejects(new FileStorage(path).open(), StorageInUse);
  await first.close();
  await writeFile(`${path}.lock`, '999999999');
  const second = new FileStorage(path);
  await second.open();
  await second.close();
});

test('a line that a crash has cut off is as if it had not been written', async () => {
  const first = new FileStorage(path);
  await first.open();
  await first.set('whole', '1');
  await first.close();
  await appendFile(path, '["torn","2');
  const second = new FileStorage(path);
  await second.open();
  assert.deepEqual((await second.all()).filter(([key]) => ['whole', 'torn'].includes(key)), [['whole', '1']]);
  await second.close();
  assert.ok(!(await readFile(path, 'utf8')).includes('torn'));
});
