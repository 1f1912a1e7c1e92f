import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';

import { Api } from '@core/api';
import { Live } from '@core/live';
import { ProblemError } from '@core/problem';
import { Session } from '@core/session';

import { aPost } from '../../../../testing/channels';
import { me } from '../../../../testing/wire';

import { PostSender } from './post-sender';

class FakeApi {
  answers: (object | ProblemError)[] = [];
  keys: string[] = [];

  ask(call: (http: unknown) => unknown): unknown {
    return call({
      POST: async (_path: string, { body }: { body: { client_post_id: string } }) => {
        this.keys.push(body.client_post_id);
        const answer = this.answers.shift();
        if (answer instanceof ProblemError) throw answer;
        return answer;
      },
    });
  }
}

describe('PostSender', () => {
  let api: FakeApi;
  const ready = new Subject<void>();
  const person = { ...me, id: crypto.randomUUID() };

  beforeEach(() => {
    api = new FakeApi();
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Live, useValue: { ready } },
        { provide: Session, useValue: { me: signal(person) } },
      ],
    });
  });

  function waiting(sender: PostSender, channel: string) {
    return sender.pendingOf(channel)();
  }

  it('shows a post at once, until the channel has it', async () => {
    const sender = TestBed.inject(PostSender);
    api.answers = [aPost(1)];
    const published = vi.fn();
    sender.published.subscribe(published);
    sender.send('one', { text: 'Hello' });
    expect(waiting(sender, 'one')).toMatchObject([{ state: 'sending', body: { text: 'Hello' } }]);
    expect(waiting(sender, 'another')).toEqual([]);
    await vi.waitFor(() => expect(published).toHaveBeenCalledOnce());
    expect(waiting(sender, 'one')).toEqual([]);
  });

  it('sends what the network broke again under the same id', async () => {
    const sender = TestBed.inject(PostSender);
    api.answers = [ProblemError.offline(), aPost(1)];
    sender.send('two', { text: 'Hello' });
    await vi.waitFor(() => expect(api.keys).toHaveLength(1));
    await vi.waitFor(() => {
      ready.next();
      expect(api.keys).toHaveLength(2);
    });
    expect(api.keys[0]).toBe(api.keys[1]);
    await vi.waitFor(() => expect(waiting(sender, 'two')).toEqual([]));
  });

  it('keeps what was refused, to be tried again or discarded', async () => {
    const sender = TestBed.inject(PostSender);
    api.answers = [new ProblemError({ code: 'channel_role_too_low', status: 403 })];
    sender.send('three', { text: 'Hello' });
    await vi.waitFor(() => expect(waiting(sender, 'three')).toMatchObject([{ state: 'failed' }]));
    sender.discard(waiting(sender, 'three')[0]!.id);
    expect(waiting(sender, 'three')).toEqual([]);
  });

  it('goes on after a reload', async () => {
    const before = TestBed.inject(PostSender);
    api.answers = [ProblemError.offline()];
    before.send('four', { text: 'Written on a train' });
    await vi.waitFor(() => expect(api.keys).toHaveLength(1));
    await new Promise((done) => setTimeout(done, 50));
    const after = TestBed.runInInjectionContext(() => new PostSender());
    api.answers = [aPost(1)];
    const pending = after.pendingOf('four');
    await vi.waitFor(() => expect(api.keys).toHaveLength(2));
    expect(api.keys[0]).toBe(api.keys[1]);
    await vi.waitFor(() => expect(pending()).toEqual([]));
  });
});
