import { lengthOfTime } from './length-of-time';
import { forInput, suggestedMoments } from './moments';

const ids = (now: Date) => suggestedMoments(now).map((each) => each.id);

describe('times to send at', () => {
  it('lie ahead, in the time zone of the person', () => {
    // A Tuesday at noon.
    const now = new Date(2026, 2, 10, 12, 0);
    expect(suggestedMoments(now).map(({ at }) => forInput(at))).toEqual([
      '2026-03-10T13:00',
      '2026-03-10T20:00',
      '2026-03-11T09:00',
      '2026-03-16T09:00',
    ]);
    expect(suggestedMoments(now).every(({ at }) => at > now)).toBe(true);
  });

  it('have no evening when it is evening, and no Monday that is tomorrow', () => {
    expect(ids(new Date(2026, 2, 10, 22, 0))).toEqual(['hour', 'tomorrow', 'monday']);
    expect(ids(new Date(2026, 2, 8, 12, 0))).toEqual(['hour', 'evening', 'tomorrow']);
    expect(ids(new Date(2026, 2, 9, 12, 0))).toEqual(['hour', 'evening', 'tomorrow', 'monday']);
  });

  it('go over the end of a month and a year', () => {
    expect(forInput(suggestedMoments(new Date(2026, 11, 31, 23, 30))[1]!.at)).toBe('2027-01-01T09:00');
  });
});

describe('lengths of time', () => {
  it('are told in the largest unit that is whole', () => {
    expect([60, 3600, 86_400, 7 * 86_400, 5400, 45].map((each) => lengthOfTime(each, 'en'))).toEqual([
      '1 minute',
      '1 hour',
      '1 day',
      '7 days',
      '90 minutes',
      '45 seconds',
    ]);
    expect(lengthOfTime(7 * 86_400, 'es')).toBe('7 días');
  });
});
