import { Injectable, type Signal, computed, effect, inject, signal, untracked } from '@angular/core';

import { Subject, filter, firstValueFrom, map, startWith, throwError, timeout } from 'rxjs';

import { Api } from '@core/api';
import type { UploadEntry } from '@core/database';
import { Installation } from '@core/installation';
import { ProblemError, asProblem } from '@core/problem';
import { Session } from '@core/session';

import { claim } from './claims';
import { KeptUploads } from './kept-uploads';
import { lookAt } from './local-look';
import { announce, send } from './tus';
import { Turns } from './turns';
import { type LocalLook, Upload, fingerprintOf } from './upload';
import { mayGoOn, waitFor } from './waiting';

/** What the API takes in one message. */
export const MOST_IN_MESSAGE = 20;
const AT_ONCE = 3;
/** So long a message waits until its files are known to the server. */
const PATIENCE_MS = 20_000;
/** Ended uploads whose looks are kept, until the server's own pictures take their place. */
const MOST_ENDED = 60;

/** What `Uploads` alone knows of an upload. */
interface Work {
  readonly upload: Upload;
  file: Blob | null;
  fingerprint: string;
  running: AbortController | null;
  /** Ends this tab's claim; another tab leaves it alone until then. */
  release: () => void;
}

/**
 * Every file that is on its way. It goes on over reloads, lost networks and expired tokens; a message may be sent as
 * soon as its files are announced:
 *
 *     uploads.add(conversationId, files);
 *     const media_ids = await uploads.take(conversationId);
 */
@Injectable({ providedIn: 'root' })
export class Uploads {
  private readonly api = inject(Api);
  private readonly installation = inject(Installation);
  private readonly kept = inject(KeptUploads);
  private readonly session = inject(Session);
  /** Speaks when an upload was announced, or could not be. */
  private readonly news = new Subject<void>();
  private readonly turns = new Turns(AT_ONCE);
  private readonly works = new Map<string, Work>();
  private readonly list = signal<readonly Upload[]>([]);
  private readonly places = new Map<string, Signal<readonly Upload[]>>();
  private readonly byMedia = computed(() => new Map(this.list().map((each) => [each.mediaId(), each] as const)));

  constructor() {
    const person = computed(() => (this.session.isSignedIn() ? this.session.me()?.id : undefined));
    effect(() => {
      const id = person();
      untracked(() => {
        this.letGoOfAll();
        if (id) void this.restore();
      });
    });
  }

  /** The files that were chosen for a place and are in no message yet. */
  of(place: string): Signal<readonly Upload[]> {
    const found = this.places.get(place) ?? computed(() => this.list().filter((each) => each.place === place && !each.announced() && !each.isApart()));
    this.places.set(place, found);
    return found;
  }

  /** The upload that becomes this media, where it was begun in this browser. */
  forMedia(mediaId: string): Upload | undefined {
    return this.byMedia().get(mediaId);
  }

  /** Begins to send files for a place; what is empty or too much is left out. Returns how many were left out. */
  add(place: string, files: Iterable<File>): number {
    const wanted = [...files];
    const room = MOST_IN_MESSAGE - untracked(this.of(place)).length;
    const taken = wanted.filter((each) => each.size > 0).slice(0, Math.max(0, room));
    taken.forEach((file) => this.start(new Upload(crypto.randomUUID(), place, file.name, file.type, file.size), file, null));
    return wanted.length - taken.length;
  }

  /** Begins to send a file that goes into a message of its own, such as a voice message. */
  addApart(place: string, file: File, look: LocalLook): Upload {
    const upload = new Upload(crypto.randomUUID(), place, file.name, file.type, file.size);
    upload.isApart.set(true);
    return this.start(upload, file, look);
  }

  /** As `take`, of one alone. */
  async takeApart(upload: Upload): Promise<string> {
    const [id] = await this.announced([upload]);
    this.mark([upload]);
    return id!;
  }

  /** No message was sent: from now on it is shown with the files that were chosen. */
  putBack(upload: Upload): void {
    upload.isApart.set(false);
    upload.announced.set(false);
    void this.kept.change(upload.id, { sent: false });
  }

  /**
   * Hands over the files of a place for a message: waits until the server knows each, and returns their media's ids.
   * They go on by themselves. Throws a ProblemError where one is refused or the server does not answer.
   */
  async take(place: string): Promise<string[]> {
    const uploads = untracked(this.of(place));
    const ids = await this.announced(uploads);
    this.mark(uploads);
    return ids;
  }

  pause(upload: Upload): void {
    const work = this.works.get(upload.id);
    if (!work?.running) return;
    this.stop(work);
    upload.phase.set('paused');
  }

  /** Goes on after a pause, or tries again after a failure. */
  resume(upload: Upload): void {
    const work = this.works.get(upload.id);
    if (!work?.file || work.running || upload.phase() === 'sent') return;
    void this.run(work);
  }

  /** Goes on with the file that somebody chose again after a reload; false where it is another one. */
  resumeWith(upload: Upload, file: File): boolean {
    const work = this.works.get(upload.id);
    if (work?.fingerprint !== fingerprintOf(file)) return false;
    work.file = file;
    void this.run(work);
    return true;
  }

  /** Ends an upload, and removes what has come of it. */
  cancel(upload: Upload): void {
    const work = this.works.get(upload.id);
    if (work) this.stop(work);
    upload.phase.set('cancelled');
    this.drop(upload);
    const id = upload.mediaId();
    if (!id) return;
    // What is not deleted now ends by itself after a day.
    void this.api.ask((http) => http.DELETE('/v1/media/{media_id}', { params: { path: { media_id: id } } })).catch(() => undefined);
  }

  private start(upload: Upload, file: File, look: LocalLook | null): Upload {
    const work: Work = { upload, file, fingerprint: fingerprintOf(file), running: null, release: () => undefined };
    this.enter(work, look);
    void claim(upload.id).then((release) => (work.release = release ?? work.release));
    void this.kept.add({
      id: upload.id, place: upload.place, name: upload.name, type: upload.type, size: upload.size, fingerprint: work.fingerprint,
      file, mediaId: null, sent: false, createdAt: Date.now(),
    });
    void this.run(work);
    return upload;
  }

  private enter(work: Work, look: LocalLook | null): void {
    this.works.set(work.upload.id, work);
    this.list.update((list) => [...list, work.upload]);
    if (look) work.upload.look.set(look);
    else if (work.file) void lookAt(work.file).then((found) => work.upload.look.set(found));
  }

  /** Takes up what an earlier page left, unless another tab has it. */
  private async restore(): Promise<void> {
    for (const entry of await this.kept.list()) {
      if (this.works.has(entry.id)) continue;
      const release = await claim(entry.id);
      if (release) this.takeUp(entry, release);
    }
  }

  private takeUp(entry: UploadEntry, release: () => void): void {
    const upload = new Upload(entry.id, entry.place, entry.name, entry.type, entry.size);
    upload.mediaId.set(entry.mediaId);
    upload.announced.set(entry.sent);
    const work: Work = { upload, file: entry.file, fingerprint: entry.fingerprint, running: null, release };
    this.enter(work, null);
    if (work.file) void this.run(work);
    else upload.phase.set('needs-file');
  }

  /** Sends a file until it is there, refused, paused or cancelled. */
  private async run(work: Work): Promise<void> {
    const { upload } = work;
    const running = (work.running = new AbortController());
    let failures = 0;
    let furthest = upload.sentBytes();
    upload.problem.set(null);
    for (;;) {
      try {
        await this.attempt(work, running.signal);
        work.running = null;
        return this.end(work);
      } catch (error) {
        if (running.signal.aborted) return;
        const problem = asProblem(error);
        upload.problem.set(problem);
        upload.phase.set(mayGoOn(problem) ? 'broken' : 'failed');
        this.news.next();
        if (upload.phase() === 'failed') return void (work.running = null);
        failures = upload.sentBytes() > furthest ? 0 : failures + 1;
        furthest = upload.sentBytes();
        await waitFor(problem, failures, running.signal).catch(() => undefined);
        if (running.signal.aborted) return;
      }
    }
  }

  private async attempt(work: Work, signal: AbortSignal): Promise<void> {
    const { upload } = work;
    const origin = await this.installation.mediaOrigin();
    const id = upload.mediaId() ?? (await this.announce(upload, origin, signal));
    upload.phase.set('waiting');
    const leave = await this.turns.take(signal);
    try {
      upload.phase.set('sending');
      upload.problem.set(null);
      const onProgress = (bytes: number) => upload.sentBytes.set(bytes);
      const said = await send({ url: `${origin}/uploads/${id}`, bytes: work.file!, tokens: this.session, onProgress }, signal);
      if (said.error) throw new ProblemError({ code: said.error, status: 400 });
    } finally {
      leave();
    }
  }

  private async announce(upload: Upload, origin: string, signal: AbortSignal): Promise<string> {
    upload.phase.set('beginning');
    const id = await announce(origin, upload, this.session);
    signal.throwIfAborted();
    upload.mediaId.set(id);
    this.news.next();
    await this.kept.change(upload.id, { mediaId: id });
    return id;
  }

  private end(work: Work): void {
    work.upload.sentBytes.set(work.upload.size);
    work.upload.phase.set('sent');
    if (work.upload.announced()) this.settle(work);
  }

  /** Nothing of it has to be taken up again; its look stays for a while. */
  private settle(work: Work): void {
    work.file = null;
    void this.kept.remove(work.upload.id);
    work.release();
    this.list().filter((each) => each.hasEnded() && each.announced()).slice(0, -MOST_ENDED).forEach((each) => this.drop(each));
  }

  private mark(uploads: readonly Upload[]): void {
    for (const each of uploads) {
      each.announced.set(true);
      const work = this.works.get(each.id);
      if (each.phase() === 'sent' && work) this.settle(work);
      else void this.kept.change(each.id, { sent: true });
    }
  }

  /** Waits until the server knows each of them. */
  private announced(uploads: readonly Upload[]): Promise<string[]> {
    const ids = this.news.pipe(
      startWith(undefined),
      map(() => idsOf(uploads)),
      filter((found) => found !== null),
      timeout({ first: PATIENCE_MS, with: () => throwError(() => ProblemError.offline()) }),
    );
    return firstValueFrom(ids);
  }

  private stop(work: Work): void {
    work.running?.abort(new Error('stopped'));
    work.running = null;
  }

  private drop(upload: Upload): void {
    this.works.get(upload.id)?.release();
    this.works.delete(upload.id);
    this.list.update((list) => list.filter((each) => each !== upload));
    void this.kept.remove(upload.id);
    const url = upload.look()?.url;
    if (url) URL.revokeObjectURL(url);
  }

  /** Somebody else uses this browser now; what the first one has kept stays in their own database. */
  private letGoOfAll(): void {
    for (const work of this.works.values()) {
      this.stop(work);
      work.release();
      const url = work.upload.look()?.url;
      if (url) URL.revokeObjectURL(url);
    }
    this.works.clear();
    this.list.set([]);
  }
}

/** Returns the ids of what they become; null while one is not known. Throws what keeps one from being known. */
function idsOf(uploads: readonly Upload[]): string[] | null {
  for (const { phase, problem, mediaId } of uploads) {
    const hopeless = phase() === 'failed' || (!mediaId() && phase() === 'broken' && problem()?.status === 0);
    if (hopeless) throw problem() ?? ProblemError.offline();
  }
  const ids = uploads.map((each) => each.mediaId());
  return ids.every((id) => id !== null) ? ids : null;
}
