import { DOCUMENT, Injectable, LOCALE_ID, inject } from '@angular/core';

export const LANGUAGES = [
  { id: 'es', name: 'Español' },
  { id: 'en', name: 'English' },
] as const;
export type LanguageId = (typeof LANGUAGES)[number]['id'];

const YEAR_S = 365 * 24 * 3600;

/** The language of this page. Each has a build of its own, at `/es/` and `/en/`. */
@Injectable({ providedIn: 'root' })
export class Language {
  private readonly document = inject(DOCUMENT);
  readonly current: LanguageId = inject(LOCALE_ID).startsWith('es') ? 'es' : 'en';

  /** Opens the same place in another language, and remembers it for `/` (see nginx.conf), by HTTPS and on this machine. */
  switchTo(language: LanguageId): void {
    if (language === this.current) return;
    this.document.cookie = `__Host-charla_lang=${language}; Path=/; Secure; Max-Age=${YEAR_S}; SameSite=Lax`;
    const { pathname, search, hash } = this.document.location;
    this.document.location.assign(`/${language}/${pathname.replace(/^\/(es|en)\/?/, '')}${search}${hash}`);
  }
}
