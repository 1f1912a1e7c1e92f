import { TestBed } from '@angular/core/testing';

import { anAnswer, fakeFetch, me } from '../../testing/wire';

import { MediaCache } from './media-cache';
import { Session } from './session';

const facts = { media_url: 'https://media.example/', ads_currency: 'EUR' };
const other = { ...me, id: '01890000-0000-7000-8000-000000000002' };

describe('MediaCache', () => {
  function started(): Session {
    TestBed.inject(MediaCache);
    TestBed.tick();
    return TestBed.inject(Session);
  }

  it('is dropped by the origin of media once somebody else is there', async () => {
    const calls = fakeFetch([anAnswer(facts), new Response(null, { status: 204 })]);
    const session = started();
    session.update(me);
    TestBed.tick();
    session.update({ ...me, display_name: 'Ana' });
    TestBed.tick();
    expect(calls).toHaveLength(0);
    session.update(other);
    TestBed.tick();
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    const [, asked] = calls;
    expect(`${asked!.method} ${asked!.url}`).toBe('POST https://media.example/media/forget');
    expect([asked!.mode, asked!.credentials]).toEqual(['no-cors', 'include']);
  });

  it('leaves the page alone where that origin is away', async () => {
    const calls = fakeFetch([anAnswer(facts), new TypeError('away')]);
    const session = started();
    session.update(me);
    TestBed.tick();
    session.update(other);
    TestBed.tick();
    await vi.waitFor(() => expect(calls).toHaveLength(2));
  });
});
