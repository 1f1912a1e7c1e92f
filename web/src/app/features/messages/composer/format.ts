import { Directive, ElementRef, inject } from '@angular/core';

/** The signs that are typed around words. */
export const FORMATS: Readonly<
  Record<'bold' | 'italic' | 'strike' | 'code' | 'block' | 'spoiler', readonly [string, string]>
> = {
  bold: ['*', '*'],
  italic: ['_', '_'],
  strike: ['~', '~'],
  code: ['`', '`'],
  block: ['```\n', '\n```'],
  spoiler: ['||', '||'],
};
export type FormatId = keyof typeof FORMATS | 'link';

/**
 * Puts the signs of a format around what is selected, or takes them away where they are there already. The
 * browser's own undo takes it back.
 */
export function applyFormat(control: HTMLTextAreaElement, id: FormatId): void {
  if (id === 'link') return applyLink(control);
  const { selectionStart: start, selectionEnd: end, value } = control;
  const [open, close] = signsFor(value, start, end, id);
  const inside = value.slice(start, end);
  const isAround = value.slice(0, start).endsWith(open) && value.slice(end).startsWith(close);
  if (isAround) replace(control, start - open.length, end + close.length, inside, 0, inside.length);
  else if (inside.length >= open.length + close.length && inside.startsWith(open) && inside.endsWith(close)) {
    const bare = inside.slice(open.length, -close.length);
    replace(control, start, end, bare, 0, bare.length);
  } else replace(control, start, end, open + inside + close, open.length, inside.length);
}

/** In the middle of a word, and over several lines, signs are doubled (see text/typing.ts). */
function signsFor(value: string, start: number, end: number, id: keyof typeof FORMATS): readonly [string, string] {
  const [open, close] = FORMATS[id];
  const inside = value.slice(start, end);
  if (id === 'code' && inside.includes('\n')) return FORMATS.block;
  const touches = /[\p{L}\p{N}]$/u.test(value.slice(0, start)) || /^[\p{L}\p{N}]/u.test(value.slice(end));
  const isStyle = id === 'bold' || id === 'italic' || id === 'strike';
  return isStyle && inside && (touches || inside.includes('\n')) ? [open + open, close + close] : [open, close];
}

function applyLink(control: HTMLTextAreaElement): void {
  const { selectionStart: start, selectionEnd: end, value } = control;
  const words = value.slice(start, end);
  const isAddress = /^(https?:\/\/|www\.)\S+$/i.test(words);
  if (isAddress) replace(control, start, end, `[](${words})`, 1, 0);
  else replace(control, start, end, `[${words}](https://)`, words.length + 3, 'https://'.length);
}

/** Replaces a part of the text and selects within what was put there. */
export function replace(
  control: HTMLTextAreaElement,
  start: number,
  end: number,
  words: string,
  from: number,
  length: number,
): void {
  control.focus();
  control.setSelectionRange(start, end);
  // The only way that the browser's undo knows of; it says `input` by itself.
  if (!document.execCommand?.('insertText', false, words)) {
    control.setRangeText(words, start, end, 'end');
    control.dispatchEvent(new Event('input', { bubbles: true }));
  }
  control.setSelectionRange(start + from, start + from + length);
}

/** Puts words where the cursor is, such as an emoji; the focus stays where it is, so that more can be chosen. */
export function insert(control: HTMLTextAreaElement, words: string): void {
  const { selectionStart: start, selectionEnd: end } = control;
  if (document.activeElement === control) return replace(control, start, end, words, words.length, 0);
  control.setRangeText(words, start, end, 'end');
  control.dispatchEvent(new Event('input', { bubbles: true }));
}

const KEYS: Readonly<Record<string, FormatId>> = { b: 'bold', i: 'italic', e: 'code', k: 'link' };
const SHIFT_KEYS: Readonly<Record<string, FormatId>> = { x: 'strike', p: 'spoiler', c: 'block' };

/** Ctrl+B, I, E, K and Ctrl+Shift+X, P, C in a text field. */
@Directive({ selector: 'textarea[appFormatKeys]', host: { '(keydown)': 'onKey($event)' } })
export class FormatKeys {
  private readonly control = inject<ElementRef<HTMLTextAreaElement>>(ElementRef).nativeElement;

  protected onKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const id = (event.shiftKey ? SHIFT_KEYS : KEYS)[event.key.toLowerCase()];
    if (!id) return;
    event.preventDefault();
    applyFormat(this.control, id);
  }
}
