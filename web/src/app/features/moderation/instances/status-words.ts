const WORDS: Readonly<Record<string, () => string>> = {
  UP: () => $localize`:@@moderation.instance.up:Up`,
  DOWN: () => $localize`:@@moderation.instance.down:Down`,
  OUT_OF_SERVICE: () => $localize`:@@moderation.instance.draining:Stopping`,
  STARTING: () => $localize`:@@moderation.instance.starting:Starting`,
};

/** Returns how an instance stands, in words; what is newer than this client keeps its own name. */
export function statusWords(status: string): string {
  return WORDS[status]?.() ?? status;
}
