import { TestBed } from '@angular/core/testing';
import fc from 'fast-check';

import { Api } from '@core/api';
import { ProblemError } from '@core/problem';
import { ChatStore, type Message } from '@core/store';
import { Toasts } from '@shared/toast';

import { Reacting, withOwn } from './reacting';

const heart = (count: number, mine: boolean) => ({ emoji: '❤️', count, mine });

describe("one's own reaction", () => {
  it('adds to what others chose, and is taken from it', () => {
    expect(withOwn([heart(2, false)], '❤️', true)).toEqual([heart(3, true)]);
    expect(withOwn([heart(3, true)], '❤️', false)).toEqual([heart(2, false)]);
  });

  it('comes last where it is the first of its kind, and goes with the last one', () => {
    const thumb = { emoji: '👍', count: 1, mine: true };
    expect(withOwn([heart(1, false)], '👍', true)).toEqual([heart(1, false), thumb]);
    expect(withOwn([heart(1, false), thumb], '👍', false)).toEqual([heart(1, false)]);
  });

  it('done twice changes nothing more, and undone leaves what was', () => {
    const reactions = fc.uniqueArray(
      fc.record({ emoji: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 2, max: 9 }), mine: fc.boolean() }),
      { selector: (each) => each.emoji },
    );
    fc.assert(
      fc.property(reactions, fc.constantFrom('a', 'b', 'c', 'd'), (before, emoji) => {
        const added = withOwn(before, emoji, true);
        expect(withOwn(added, emoji, true)).toEqual(added);
        const wasMine = before.some((each) => each.emoji === emoji && each.mine);
        if (!wasMine) expect(withOwn(added, emoji, false)).toEqual(before);
      }),
    );
  });
});

describe('reacting', () => {
  const message = { id: 'm', seq: 3, conversation_id: 'c', reactions: [heart(1, false)] } as unknown as Message;
  const shown: unknown[] = [];
  let answer: () => Promise<unknown>;
  let failures: unknown[];
  let known: Message;

  function reacting(): Reacting {
    shown.length = 0;
    failures = [];
    known = message;
    const store = {
      messages: () => ({ byId: () => known }),
      messageChanged: (each: Message) => {
        known = each;
        shown.push(each.reactions);
      },
    };
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: { ask: () => answer() } },
        { provide: ChatStore, useValue: store },
        { provide: Toasts, useValue: { fail: (error: unknown) => failures.push(error) } },
      ],
    });
    return TestBed.inject(Reacting);
  }

  it('shows at once', async () => {
    answer = () => Promise.resolve(message);
    await reacting().toggle(message, '❤️');
    expect(shown).toEqual([[heart(2, true)]]);
  });

  it('leaves what frames said of others before its own answer came', async () => {
    const it = reacting();
    answer = async () => {
      known = { ...known, reactions: [heart(7, true)] };
      return { ...message, reactions: [heart(2, true)] };
    };
    await it.toggle(message, '❤️');
    expect(known.reactions).toEqual([heart(7, true)]);
  });

  it('is taken back where the server refuses it, and says why', async () => {
    const it = reacting();
    answer = async () => {
      known = { ...known, reactions: [heart(7, true)] };
      throw new ProblemError({ code: 'too_many_reactions', status: 409 });
    };
    await it.toggle(message, '❤️');
    expect(known.reactions).toEqual([heart(6, false)]);
    expect(failures).toHaveLength(1);
  });

  it('waits until a message was sent', async () => {
    answer = () => Promise.reject(new Error('not to be asked'));
    await reacting().toggle({ ...message, seq: null }, '👍');
    expect(shown).toEqual([]);
  });
});
