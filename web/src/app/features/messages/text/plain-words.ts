/** Returns words as they are searched for: small, without accents, and with single spaces. */
export function plainWords(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s:;,.()“”"'’!?/-]+/gu, ' ');
}
