import type { Schemas } from '@core/wire';

export type Report = Schemas['ReportView'];
export type ReportState = Report['state'];

const REASONS: Readonly<Record<string, () => string>> = {
  spam: () => $localize`:@@moderation.reason.spam:Spam`,
  harassment: () => $localize`:@@moderation.reason.harassment:Harassment`,
  hate: () => $localize`:@@moderation.reason.hate:Hate`,
  violence: () => $localize`:@@moderation.reason.violence:Violence`,
  sexual: () => $localize`:@@moderation.reason.sexual:Sexual content`,
  self_harm: () => $localize`:@@moderation.reason.self_harm:Self-harm`,
  illegal: () => $localize`:@@moderation.reason.illegal:Against the law`,
};

/** Returns what a report is for, in words. */
export function reasonWords(reason: string): string {
  return REASONS[reason]?.() ?? $localize`:@@moderation.reason.other:Something else`;
}

/** Returns what became of one report. */
export function stateWords(state: ReportState): string {
  if (state === 'open') return $localize`:@@moderation.is.open:Open`;
  return state === 'resolved' ? $localize`:@@moderation.is.resolved:Something was done` : $localize`:@@moderation.is.dismissed:Dismissed`;
}

/** The reports of each kind, as a choice. */
export const STATES: readonly { id: ReportState; name: string }[] = [
  { id: 'open', name: $localize`:@@moderation.state.open:Open` },
  { id: 'resolved', name: $localize`:@@moderation.state.resolved:Resolved` },
  { id: 'dismissed', name: $localize`:@@moderation.state.dismissed:Dismissed` },
];
