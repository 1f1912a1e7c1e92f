/**
 * A program that puts one message into its outbox and sends what waits: `URL STORE SIGNED_IN CONVERSATION [TEXT]`.
 * SIGNED_IN is what a sign-in has answered, as JSON. It says `ready`, waits for a line, and says `stored` once the
 * message is in the outbox.
 */
import { once } from 'node:events';
import WebSocket from 'ws';

import { Charla } from '../dist/index.js';
import { FileStorage } from '../dist/node.js';

const [url, path, signedIn, conversationId, text] = process.argv.slice(2);
const charla = await Charla.open(url, {
  storage: new FileStorage(path),
  pace: { firstPauseMs: 50, longestPauseMs: 300 },
  webSocket: WebSocket,
});
charla.session.enter(JSON.parse(signedIn));
console.log('ready');
await once(process.stdin, 'data');
process.stdin.destroy();
if (text) await charla.send(conversationId, text);
console.log('stored');
const running = charla.run();
await charla.outbox.whenEmpty();
charla.stop();
await running;
await charla.close();
