import fc from 'fast-check';

import { faultOf, lines, written } from './poll-draft';
import { type Poll, isOver, pressed, share, withVote } from './voting';

function poll(multiple: boolean, votes: number[], mine: number[] = [], voters = Math.max(0, ...votes)): Poll {
  const options = votes.map((count, id) => ({ id, text: `option ${id}`, votes: count, mine: mine.includes(id) }));
  return { question: 'Which?', options, multiple, anonymous: false, closed: false, closes_at: null, voters };
}

const mineIn = (shown: Poll) => shown.options.filter((each) => each.mine).map((each) => each.id);

describe('voting', () => {
  it('moves the one vote, or takes it back', () => {
    const before = poll(false, [3, 1], [0], 4);
    expect(pressed(before, 1)).toEqual([1]);
    expect(pressed(before, 0)).toEqual([]);
    expect(withVote(before, [1])).toMatchObject({
      voters: 4,
      options: [
        { votes: 2, mine: false },
        { votes: 2, mine: true },
      ],
    });
    expect(withVote(before, [])).toMatchObject({
      voters: 3,
      options: [
        { votes: 2, mine: false },
        { votes: 1, mine: false },
      ],
    });
  });

  it('adds and takes back single answers where several may be chosen', () => {
    const before = poll(true, [1, 0, 2], [0, 2], 2);
    expect(pressed(before, 1)).toEqual([0, 1, 2]);
    expect(pressed(before, 2)).toEqual([0]);
  });

  it('counts as the server does, whatever is pressed', () => {
    const presses = fc.array(fc.nat(3), { maxLength: 12 });
    fc.assert(
      fc.property(fc.boolean(), presses, (multiple, ids) => {
        const others = poll(multiple, [2, 0, 5, 1], [], 5);
        const after = ids.reduce((shown, id) => withVote(shown, pressed(shown, id)), others);
        const mine = mineIn(after);
        expect(after.voters).toBe(5 + Number(mine.length > 0));
        expect(after.options.map((each) => each.votes)).toEqual(
          others.options.map((each) => each.votes + Number(mine.includes(each.id))),
        );
        if (!multiple) expect(mine.length).toBeLessThan(2);
      }),
    );
  });

  it('shows parts of the voters, and nothing of none', () => {
    expect(share(poll(true, [1, 2], [], 3), 2)).toBe(67);
    expect(share(poll(false, [0, 0]), 0)).toBe(0);
  });

  it('is over by hand or by its time', () => {
    const ends = { ...poll(false, [0, 0]), closes_at: '2026-03-01T12:00:00.000Z' };
    const noon = Date.parse(ends.closes_at);
    expect(isOver(ends, noon - 1)).toBe(false);
    expect(isOver(ends, noon)).toBe(true);
    expect(isOver({ ...poll(false, []), closed: true }, 0)).toBe(true);
  });
});

describe('writing a poll', () => {
  it('has a line more than was written, up to twelve', () => {
    expect(lines([])).toEqual(['', '']);
    expect(lines(['a', 'b'])).toEqual(['a', 'b', '']);
    expect(lines(['a', '', 'b'])).toEqual(['a', '', 'b', '']);
    expect(lines(Array.from({ length: 12 }, (_, n) => `${n}`))).toHaveLength(12);
  });

  it('wants a question and two different answers', () => {
    expect(faultOf(' ', ['a', 'b'])).toBe('question');
    expect(faultOf('q', ['a', '', ' '])).toBe('too_few');
    expect(faultOf('q', ['a', ' a'])).toBe('twice');
    expect(faultOf('q', ['a', 'b', ''])).toBeNull();
    expect(written([' a ', '', 'b'])).toEqual(['a', 'b']);
  });
});
