/** Returns who types, in words; in a chat of two it is clear who. */
export function typingWords(names: readonly string[], isGroup: boolean): string | null {
  const [one, other] = names;
  if (one === undefined) return null;
  if (!isGroup) return $localize`:@@chat.typing:typing …`;
  if (other === undefined) return $localize`:@@chat.typing.one:${one}:name: is typing …`;
  if (names.length === 2) return $localize`:@@chat.typing.two:${one}:name: and ${other}:other: are typing …`;
  return $localize`:@@chat.typing.many:${names.length}:count: people are typing …`;
}
