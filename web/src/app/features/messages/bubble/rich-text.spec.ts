import { TestBed } from '@angular/core/testing';

import { Session } from '@core/session';

import type { Entity, Formatted } from '../text/entities';

import { RichText } from './rich-text';

const ME = '01890000-0000-7000-8000-00000000000a';

function render(content: Formatted): HTMLElement {
  TestBed.configureTestingModule({ providers: [{ provide: Session, useValue: { me: () => ({ id: ME }) } }] });
  const fixture = TestBed.createComponent(RichText);
  fixture.componentRef.setInput('content', content);
  fixture.detectChanges();
  return fixture.nativeElement as HTMLElement;
}

const of = (text: string, ...entities: Entity[]) => ({ text, entities });

describe('a text on the screen', () => {
  it('stands at the code points that the wire API counts', () => {
    const element = render(
      of('👍🏽 café 👨‍👩‍👧!', { type: 'bold', offset: 3, length: 4 }, { type: 'italic', offset: 8, length: 5 }),
    );
    expect(element.querySelector('strong')!.textContent).toBe('café');
    expect(element.querySelector('em')!.textContent).toBe('👨‍👩‍👧');
    expect(element.textContent!.trim()).toBe('👍🏽 café 👨‍👩‍👧!');
  });

  it('never becomes markup', () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;';
    const element = render(of(evil, { type: 'bold', offset: 0, length: 10 }, { type: 'pre', offset: 30, length: 8 }));
    expect(element.textContent!.trim()).toBe(evil);
    expect(element.querySelector('img, script, b')).toBeNull();
  });

  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc',
    'tel:123',
    'https:x',
    '//x.org',
    '',
  ])('does not link to %s', (url) => {
    const element = render(of('press me', { type: 'link', offset: 0, length: 8, url }));
    expect(element.querySelector('a')).toBeNull();
    expect(element.textContent!.trim()).toBe('press me');
  });

  it('links to pages and addresses, in a window that knows nothing of this one', () => {
    const element = render(
      of(
        'page mail',
        { type: 'link', offset: 0, length: 4, url: 'https://x.org/' },
        { type: 'link', offset: 5, length: 4, url: 'mailto:a@x.org' },
      ),
    );
    const links = [...element.querySelectorAll('a')];
    expect(links.map((each) => each.getAttribute('href'))).toEqual(['https://x.org/', 'mailto:a@x.org']);
    expect(links.every((each) => each.rel.includes('noopener') && each.target === '_blank')).toBe(true);
    // Where the words are not the address, it is told.
    expect(links[0]!.title).toBe('https://x.org/');
  });

  it('links to addresses that were sent as plain text, but not in code', () => {
    const element = render(of('👍 www.x.org `https://y.org`', { type: 'code', offset: 12, length: 15 }));
    const links = [...element.querySelectorAll('a')].map((each) => [each.textContent, each.getAttribute('href')]);
    expect(links).toEqual([['www.x.org', 'https://www.x.org']]);
  });

  it('hides a spoiler from eyes and readers until it is pressed', () => {
    const element = render(
      of(
        'the end is near',
        { type: 'spoiler', offset: 4, length: 3 },
        { type: 'link', offset: 4, length: 3, url: 'https://x.org' },
      ),
    );
    const spoiler = element.querySelector<HTMLElement>('.spoiler')!;
    expect(spoiler.querySelector('[aria-hidden=true]')!.textContent).toBe('end');
    expect(spoiler.querySelector('a')).toBeNull();
    spoiler.click();
    TestBed.tick();
    expect(element.querySelector('.spoiler.is-shown a')!.textContent).toBe('end');
  });

  it('shows mentions, and oneself in another way', () => {
    const element = render(
      of(
        '@ana @ben',
        { type: 'mention', offset: 0, length: 4, user_id: ME },
        { type: 'mention', offset: 5, length: 4, user_id: 'other' },
      ),
    );
    const [me, other] = [...element.querySelectorAll('.mention')];
    expect([me!.classList.contains('is-me'), other!.classList.contains('is-me')]).toEqual([true, false]);
  });

  it('is large where it is but a few emoji', () => {
    const isJumbo = (text: string) => render(of(text)).classList.contains('is-jumbo');
    expect(
      ['😀', '👍🏽👨‍👩‍👧', '❤️ 🇪🇸', '😀😀😀😀', 'a😀', '12', ''].map((text) => {
        TestBed.resetTestingModule();
        return isJumbo(text);
      }),
    ).toEqual([true, true, true, false, false, false, false]);
  });
});
