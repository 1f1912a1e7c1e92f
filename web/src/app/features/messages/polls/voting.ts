import type { Schemas } from '@core/wire';

export type Poll = Schemas['PollView'];

/** Returns whom one votes for after an option was pressed. The one chosen before, pressed again, takes the vote back. */
export function pressed(poll: Poll, optionId: number): number[] {
  const mine = poll.options.filter((each) => each.mine).map((each) => each.id);
  if (mine.includes(optionId)) return mine.filter((each) => each !== optionId);
  return poll.multiple ? [...mine, optionId].sort((a, b) => a - b) : [optionId];
}

/** Returns the poll as it is when one's vote is `chosen`. */
export function withVote(poll: Poll, chosen: readonly number[]): Poll {
  const votedBefore = poll.options.some((each) => each.mine);
  const options = poll.options.map((each) => {
    const mine = chosen.includes(each.id);
    return { ...each, mine, votes: each.votes + Number(mine) - Number(each.mine) };
  });
  return { ...poll, options, voters: poll.voters + Number(chosen.length > 0) - Number(votedBefore) };
}

/** Returns which part of the voters chose an option, from 0 to 100. */
export function share(poll: Poll, votes: number): number {
  return poll.voters > 0 ? Math.round((100 * votes) / poll.voters) : 0;
}

/** Returns whether a poll takes votes: it closes by its time even before anybody says so. */
export function isOver(poll: Poll, now: number): boolean {
  return poll.closed || (poll.closes_at !== null && new Date(poll.closes_at).getTime() <= now);
}
