import { inAnHour, localMinute, momentOf } from './moments';

describe('moments', () => {
  it('shows and reads a moment by the clock of the device', () => {
    const moment = new Date(2026, 6, 25, 18, 30);
    expect(localMinute(moment)).toBe('2026-07-25T18:30');
    expect(momentOf('2026-07-25T18:30')).toBe(moment.toISOString());
  });

  it('reads nothing out of nothing', () => {
    expect(momentOf('')).toBeNull();
    expect(momentOf('tomorrow')).toBeNull();
  });

  it('proposes a full hour that is some way ahead', () => {
    const now = new Date(2026, 6, 25, 18, 40);
    expect(inAnHour(now)).toEqual(new Date(2026, 6, 25, 20, 0));
    expect(inAnHour(new Date(2026, 6, 25, 18, 10))).toEqual(new Date(2026, 6, 25, 19, 0));
  });
});
