import type { Campaign, Category, Creative, Preferences, ReportReason, RuleMatch } from './ads';

type Said = () => string;

const CATEGORY_WORDS: Readonly<Record<string, Said>> = {
  arts: () => $localize`:@@ads.category.arts:Arts`,
  business: () => $localize`:@@ads.category.business:Business`,
  education: () => $localize`:@@ads.category.education:Education`,
  events: () => $localize`:@@ads.category.events:Events`,
  fashion: () => $localize`:@@ads.category.fashion:Fashion`,
  finance: () => $localize`:@@ads.category.finance:Finance`,
  food: () => $localize`:@@ads.category.food:Food`,
  games: () => $localize`:@@ads.category.games:Games`,
  health: () => $localize`:@@ads.category.health:Health`,
  home: () => $localize`:@@ads.category.home:Home`,
  jobs: () => $localize`:@@ads.category.jobs:Jobs`,
  music: () => $localize`:@@ads.category.music:Music`,
  news: () => $localize`:@@ads.category.news:News`,
  nonprofit: () => $localize`:@@ads.category.nonprofit:Charity`,
  politics: () => $localize`:@@ads.category.politics:Politics`,
  science: () => $localize`:@@ads.category.science:Science`,
  shopping: () => $localize`:@@ads.category.shopping:Shopping`,
  sports: () => $localize`:@@ads.category.sports:Sports`,
  technology: () => $localize`:@@ads.category.technology:Technology`,
  travel: () => $localize`:@@ads.category.travel:Travel`,
};
/** What campaigns are about (contracts/ads.py). */
export const CATEGORIES = Object.keys(CATEGORY_WORDS) as readonly Category[];

export function categoryWords(category: string): string {
  return CATEGORY_WORDS[category]?.() ?? category;
}

const STATUS_WORDS: Readonly<Record<Campaign['status'], Said>> = {
  draft: () => $localize`:@@ads.status.draft:Draft`,
  funding: () => $localize`:@@ads.status.funding:Starting`,
  active: () => $localize`:@@ads.status.active:Running`,
  paused: () => $localize`:@@ads.status.paused:Paused`,
  ending: () => $localize`:@@ads.status.ending:Ending`,
  ended: () => $localize`:@@ads.status.ended:Ended`,
};

export function statusWords(status: Campaign['status']): string {
  return STATUS_WORDS[status]();
}

const PROBLEM_WORDS: Readonly<Record<string, Said>> = {
  no_creative: () => $localize`:@@ads.problem.no_creative:It is not shown: none of its ads is approved yet.`,
  not_begun: () => $localize`:@@ads.problem.not_begun:It is not shown yet: its first day is still to come.`,
  spent: () => $localize`:@@ads.problem.spent:It is not shown: its budget is spent.`,
  suspended: () => $localize`:@@ads.problem.suspended:It is not shown: the moderators suspended this advertiser.`,
};

/** Says why a campaign that runs is not shown. */
export function problemWords(problem: string): string {
  return PROBLEM_WORDS[problem]?.() ?? $localize`:@@ads.problem.other:It is not shown at the moment.`;
}

const REVIEW_WORDS: Readonly<Record<Creative['review'], Said>> = {
  pending: () => $localize`:@@ads.review.pending:Being reviewed`,
  approved: () => $localize`:@@ads.review.approved:Approved`,
  rejected: () => $localize`:@@ads.review.rejected:Rejected`,
};

export function reviewWords(review: Creative['review']): string {
  return REVIEW_WORDS[review]();
}

const KIND_WORDS: Readonly<Record<Creative['kind'], Said>> = {
  text: () => $localize`:@@ads.kind.text:Text`,
  picture: () => $localize`:@@ads.kind.picture:Picture`,
  video: () => $localize`:@@ads.kind.video:Video`,
};

export function kindWords(kind: Creative['kind']): string {
  return KIND_WORDS[kind]();
}

/** What can be wrong with an ad. */
export const REASONS: readonly { readonly id: ReportReason; readonly name: string }[] = [
  { id: 'misleading', name: $localize`:@@ads.reason.misleading:It misleads` },
  { id: 'offensive', name: $localize`:@@ads.reason.offensive:It offends` },
  { id: 'scam', name: $localize`:@@ads.reason.scam:It is a swindle` },
  { id: 'illegal', name: $localize`:@@ads.reason.illegal:It breaks the law` },
  { id: 'too_often', name: $localize`:@@ads.reason.too_often:I see it too often` },
  { id: 'other', name: $localize`:@@ads.reason.other:Something else` },
];

export function reasonWords(reason: ReportReason): string {
  return REASONS.find((each) => each.id === reason)?.name ?? reason;
}

export function consentWords(consent: Preferences['consent']): string {
  if (consent === 'personal') return $localize`:@@ads.consent.is.personal:You allowed personal ads, so your interests and region counted too.`;
  if (consent === 'contextual') return $localize`:@@ads.consent.is.contextual:You want ads by channel alone, so only the channel and your language counted.`;
  return $localize`:@@ads.consent.is.unasked:You have not said whether ads may be personal, so only the channel and your language counted.`;
}

const REFUSAL_WORDS: Readonly<Record<string, Said>> = {
  forged: () => $localize`:@@ads.refused.forged:with a forged ticket`,
  expired: () => $localize`:@@ads.refused.expired:too late`,
  not_yours: () => $localize`:@@ads.refused.not_yours:with somebody else's ticket`,
  own_ad: () => $localize`:@@ads.refused.own_ad:by yourself`,
  own_channel: () => $localize`:@@ads.refused.own_channel:by the channel's owner`,
  too_soon: () => $localize`:@@ads.refused.too_soon:too soon`,
  repeated: () => $localize`:@@ads.refused.repeated:repeated`,
  too_many: () => $localize`:@@ads.refused.too_many:too many by one person`,
  lease_over: () => $localize`:@@ads.refused.lease_over:after the time of the budget`,
};

/** Says why views and clicks cost nothing. */
export function refusalWords(refusal: string): string {
  return REFUSAL_WORDS[refusal]?.() ?? refusal;
}

/** Says things of somebody's language: of languages, and of regions by their codes. */
export class Names {
  private readonly languages: Intl.DisplayNames;
  private readonly regions: Intl.DisplayNames;

  constructor(language: string) {
    this.languages = new Intl.DisplayNames(language, { type: 'language' });
    this.regions = new Intl.DisplayNames(language, { type: 'region' });
  }

  language(code: string): string {
    return nameOf(this.languages, code);
  }

  region(code: string): string {
    return nameOf(this.regions, code);
  }

  /** Says by which rule an ad was meant for somebody. */
  match({ rule, value }: RuleMatch): string {
    switch (rule) {
      case 'language':
        return $localize`:@@ads.why.language:You read Charla in this language: ${this.language(value)}:language:`;
      case 'region':
        return $localize`:@@ads.why.region:You gave this region: ${this.region(value)}:region:`;
      case 'channel_topic':
        return $localize`:@@ads.why.channel_topic:This channel is about: ${value}:topic:`;
      case 'interest':
        return $localize`:@@ads.why.interest:You are interested in: ${value}:topic:`;
    }
  }

  /** Says a fact that was at hand, such as `language:es`. */
  fact(fact: string): string {
    const at = fact.indexOf(':');
    const [name, value] = [fact.slice(0, at), fact.slice(at + 1)];
    switch (name) {
      case 'language':
        return $localize`:@@ads.fact.language:your language (${this.language(value)}:language:)`;
      case 'region':
        return $localize`:@@ads.fact.region:your region (${this.region(value)}:region:)`;
      case 'channel_topic':
      case 'topic':
        return $localize`:@@ads.fact.topic:the channel's topic ${value}:topic:`;
      case 'interest':
        return $localize`:@@ads.fact.interest:your interest in ${value}:topic:`;
      default:
        return fact;
    }
  }
}

/** A code that the browser does not know stands for itself; one that is none makes it throw. */
function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
