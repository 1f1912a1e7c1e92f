export interface Counts {
  readonly followers: number;
  readonly joined: number;
  readonly left: number;
  readonly posts: number;
  readonly reach: number;
  readonly reads: number;
}
/** One day of a channel, by UTC. */
export interface Day extends Counts {
  readonly day: string;
}

const NAMES = ['followers', 'joined', 'left', 'posts', 'reach', 'reads'] as const;

/** Returns the days of `GET /channels/{id}/stats`, which the API describes as plain objects. */
export function daysOf(answered: readonly Record<string, unknown>[]): Day[] {
  return answered.map((each) => {
    const counts = Object.fromEntries(NAMES.map((name) => [name, Number(each[name] ?? 0)]));
    return { day: String(each['day']), ...counts } as Day;
  });
}

/** Returns what several days make together; followers are no sum, but how many more there are. */
export function sumOf(days: readonly Day[]): Counts {
  const sum = (name: keyof Counts) => days.reduce((total, each) => total + each[name], 0);
  const [joined, left] = [sum('joined'), sum('left')];
  return { followers: joined - left, joined, left, posts: sum('posts'), reach: sum('reach'), reads: sum('reads') };
}
