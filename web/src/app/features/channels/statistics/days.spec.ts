import { daysOf, sumOf } from './days';

const days = daysOf([
  { day: '2026-05-01', followers: 10, joined: 3, left: 1, posts: 2, reach: 4, reads: 9 },
  { day: '2026-05-02', followers: 9, joined: 0, left: 1, posts: 0, reach: 2, reads: 2 },
]);

describe('days', () => {
  it('reads what the API calls an object', () => {
    expect(days[0]).toEqual({ day: '2026-05-01', followers: 10, joined: 3, left: 1, posts: 2, reach: 4, reads: 9 });
    expect(daysOf([{ day: '2026-05-03' }])[0]).toMatchObject({ followers: 0, reads: 0 });
  });

  it('tells by how many the followers have grown', () => {
    expect(sumOf(days)).toEqual({ followers: 1, joined: 3, left: 2, posts: 2, reach: 6, reads: 11 });
  });
});
