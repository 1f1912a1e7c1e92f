import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { Api } from '@core/api';
import { Database } from '@core/database';
import { Installation } from '@core/installation';
import { Session } from '@core/session';

import { TusServer } from '../../../../testing/tus-server';
import { me } from '../../../../testing/wire';

import type { Upload } from './upload';
import { Uploads } from './uploads';

// Node would take the build for Node, which knows no XMLHttpRequest; browsers get this one from the bundler.
const IN_BROWSERS = 'tus-js-client/lib.es5/browser/index.js';
vi.mock('tus-js-client', () => import(IN_BROWSERS));

const ORIGIN = 'https://media.test';
const TEXT = 'what I have to say is longer than one byte';

class FakeSession {
  readonly me = signal(me);
  readonly isSignedIn = signal(true);
  rejected: string[] = [];
  private made = 1;

  token(): Promise<string> {
    return Promise.resolve(`token-${this.made}`);
  }

  reject(token: string): void {
    this.rejected.push(token);
    this.made++;
  }
}

/** Node's own, since jsdom's do not survive being kept in IndexedDB. */
const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): { File: typeof File } } };
const { File: NodeFile } = process.getBuiltinModule('node:buffer');

function aFile(name = 'notes.txt', text = TEXT): File {
  return new NodeFile([text], name, { type: 'text/plain', lastModified: 1 });
}

describe('Uploads', () => {
  let server: TusServer;
  let session: FakeSession;
  let deleted: string[];

  /** A page of the same browser; what an earlier one kept is still there. */
  async function openPage(): Promise<Uploads> {
    TestBed.resetTestingModule();
    session = new FakeSession();
    const api = { ask: (call: (http: unknown) => unknown) => call({ DELETE: (_: string, { params }: { params: { path: { media_id: string } } }) => (deleted.push(params.path.media_id), Promise.resolve()) }) };
    TestBed.configureTestingModule({
      providers: [
        { provide: Session, useValue: session },
        { provide: Installation, useValue: { mediaOrigin: () => Promise.resolve(ORIGIN) } },
        { provide: Api, useValue: api },
      ],
    });
    const uploads = TestBed.inject(Uploads);
    TestBed.tick();
    return uploads;
  }

  const only = (uploads: Uploads): Upload => uploads.of('c')()[0]!;
  const sent = (upload: Upload) => vi.waitFor(() => expect(upload.phase()).toBe('sent'), 8_000);

  beforeEach(async () => {
    server = new TusServer(ORIGIN);
    deleted = [];
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await TestBed.inject(Database).forget(me.id);
  });

  afterEach(() => vi.unstubAllGlobals());

  it('sends a file, and has its id before its bytes', async () => {
    server.close();
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    const upload = only(uploads);
    expect(await uploads.take('c')).toEqual(['media-1']);
    expect(upload.phase()).not.toBe('sent');
    expect(uploads.of('c')()).toEqual([]);
    expect(uploads.forMedia('media-1')).toBe(upload);
    server.open();
    await sent(upload);
    expect(server.textOf('media-1')).toBe(TEXT);
  });

  it('goes on where a connection broke', async () => {
    server.fail('PATCH', 'cut');
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    await sent(only(uploads));
    expect(server.textOf('media-1')).toBe(TEXT);
    const patches = server.requests.filter((each) => each.method === 'PATCH');
    expect(patches.map((each) => each.offset)).toEqual([0, TEXT.length / 2]);
    expect(server.uploads.size).toBe(1);
  });

  it.each([
    ['is locked', 423, 'upload_locked'],
    ['stands elsewhere', 409, 'offset_mismatch'],
    ['is overloaded', 503, 'overloaded'],
  ])('tries again when an upload %s', async (_, status, code) => {
    server.fail('PATCH', { status, code });
    server.fail('HEAD', { status: 423 });
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    await sent(only(uploads));
    expect(server.textOf('media-1')).toBe(TEXT);
  });

  it('gets a new token when one has expired meanwhile', async () => {
    server.tokens = new Set(['token-1']);
    server.close();
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    await uploads.take('c');
    server.tokens = new Set(['token-2']);
    server.fail('PATCH', 'cut');
    server.open();
    await vi.waitFor(() => expect(server.textOf('media-1')).toBe(TEXT), 8_000);
    expect(session.rejected).toContain('token-1');
    expect(server.requests.at(-1)!.token).toBe('token-2');
  });

  it('goes on by itself after a reload, under the same id', async () => {
    server.fail('PATCH', 'cut');
    const before = await openPage();
    before.add('c', [aFile()]);
    await before.take('c');
    await vi.waitFor(() => expect(server.uploads.get('media-1')!.offset).toBeGreaterThan(0));
    before.pause(before.forMedia('media-1')!); // the page is gone
    await new Promise((done) => setTimeout(done, 50));
    const after = await openPage();
    await vi.waitFor(() => expect(server.textOf('media-1')).toBe(TEXT), 8_000);
    expect(server.uploads.size).toBe(1);
    expect(after.of('c')()).toEqual([]); // its message was sent
  });

  it('refuses to go on with another file', async () => {
    server.fail('POST', { status: 413, code: 'quota_exceeded' });
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    await vi.waitFor(() => expect(only(uploads).phase()).toBe('failed'));
    expect(uploads.resumeWith(only(uploads), aFile('other.txt'))).toBe(false);
    expect(uploads.resumeWith(only(uploads), aFile())).toBe(true);
    await sent(only(uploads));
  });

  it('says why a file was refused, and sends no message with it', async () => {
    server.fail('POST', { status: 413, code: 'quota_exceeded' });
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    await expect(uploads.take('c')).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(only(uploads).problem()?.code).toBe('quota_exceeded');
  });

  it('sends three at a time, and announces all at once', async () => {
    server.close();
    const uploads = await openPage();
    uploads.add('c', ['a', 'b', 'c', 'd', 'e'].map((each) => aFile(each)));
    expect(await uploads.take('c')).toHaveLength(5);
    await vi.waitFor(() => expect(server.running).toBe(3));
    server.open();
    await vi.waitFor(() => expect([...server.uploads.values()].every((each) => each.offset === each.length)).toBe(true), 8_000);
    expect(server.mostRunning).toBe(3);
  });

  it('waits while it is paused, and goes on', async () => {
    server.close();
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    const upload = only(uploads);
    await vi.waitFor(() => expect(server.running).toBe(1));
    uploads.pause(upload);
    expect(upload.phase()).toBe('paused');
    server.open();
    uploads.resume(upload);
    await sent(upload);
    expect(server.textOf('media-1')).toBe(TEXT);
  });

  it('removes what has come of a file that is cancelled', async () => {
    server.close();
    const uploads = await openPage();
    uploads.add('c', [aFile()]);
    const upload = only(uploads);
    await vi.waitFor(() => expect(server.running).toBe(1));
    uploads.cancel(upload);
    expect(uploads.of('c')()).toEqual([]);
    expect(deleted).toEqual(['media-1']);
    server.open();
    expect((await openPage()).of('c')()).toEqual([]);
  });

  it('leaves out what is empty or too much', async () => {
    const uploads = await openPage();
    expect(uploads.add('c', [aFile('empty', '')])).toBe(1);
    expect(uploads.add('c', Array.from({ length: 22 }, (_, each) => aFile(String(each))))).toBe(2);
  });
});
