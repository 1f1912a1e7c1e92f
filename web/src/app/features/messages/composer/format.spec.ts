import { applyFormat, insert } from './format';

/** A text field in which `[…]` is selected. */
function field(marked: string): HTMLTextAreaElement {
  const control = document.body.appendChild(document.createElement('textarea'));
  const [start, end] = [marked.indexOf('['), marked.indexOf(']') - 1];
  control.value = marked.replace(/[[\]]/g, '');
  control.focus();
  control.setSelectionRange(start, end);
  return control;
}

function marked(control: HTMLTextAreaElement): string {
  const { value, selectionStart: start, selectionEnd: end } = control;
  return `${value.slice(0, start)}[${value.slice(start, end)}]${value.slice(end)}`;
}

function after(before: string, ...ids: Parameters<typeof applyFormat>[1][]): string {
  const control = field(before);
  ids.forEach((id) => applyFormat(control, id));
  return marked(control);
}

describe('formatting what is selected', () => {
  it('puts signs around it, and takes them away again', () => {
    expect(after('say [hola] now', 'bold')).toBe('say *[hola]* now');
    expect(after('say [hola] now', 'bold', 'bold')).toBe('say [hola] now');
    expect(after('say [hola] now', 'bold', 'italic')).toBe('say *_[hola]_* now');
    expect(after('say [] now', 'spoiler')).toBe('say ||[]|| now');
  });

  it('doubles them in the middle of a word and over lines', () => {
    expect(after('un[be]lievable', 'bold')).toBe('un**[be]**lievable');
    expect(after('[a\nb]', 'italic')).toBe('__[a\nb]__');
    expect(after('[a\nb]', 'code')).toBe('```\n[a\nb]\n```');
  });

  it('makes a link of words, and words for a link', () => {
    expect(after('see [here] now', 'link')).toBe('see [here]([https://]) now');
    expect(after('see [https://x.org] now', 'link')).toBe('see [[]](https://x.org) now');
  });

  it('says that something was typed', () => {
    const control = field('a[]');
    let typed = 0;
    control.addEventListener('input', () => typed++);
    insert(control, '😀');
    document.body.focus();
    control.blur();
    insert(control, '!');
    expect([control.value, typed]).toEqual(['a😀!', 2]);
  });
});
