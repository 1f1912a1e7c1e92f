import { TestBed } from '@angular/core/testing';
import { Router, provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';

import { Api } from '@core/api';
import { Session } from '@core/session';

import { anAnswer, fakeFetch, me } from '../../../testing/wire';

import { ACTIONS, actionWords } from './audit/action-words';
import { factWords } from './audit/fact-words';
import { reasonWords } from './reports/reasons';
import { routes } from './routes';

const report = {
  id: 'r1', conversation_id: 'c1', message_id: 'm2', user_id: 'u2', reporter_id: 'u3', reason: 'spam', note: 'look',
  state: 'open', created_at: '2026-01-01T00:00:00Z',
};
const message = (id: string, text: string) => ({
  id, text, author_id: 'u2', created_at: '2026-01-01T00:00:00Z', deleted: false, kind: 'text', poll: null, media_ids: [],
});
const people = ['u2', 'u3'].map((id) => ({ ...me, id, username: id, display_name: `Person ${id}` }));

function answering(table: Record<string, unknown>): Request[] {
  const calls: Request[] = [];
  vi.spyOn(TestBed.inject(Api), 'send').mockImplementation(async (request) => {
    calls.push(request.clone());
    const key = `${request.method} ${new URL(request.url).pathname}`;
    return anAnswer(table[key] ?? { items: key.includes('users') ? people : [], next: null });
  });
  return calls;
}

function signedInAs(...roles: ('user' | 'moderator' | 'admin')[]): void {
  TestBed.inject(Session).update({ ...me, roles });
}

async function settled(harness: RouterTestingHarness): Promise<string> {
  for (let turn = 0; turn < 6; turn++) {
    await new Promise((done) => setTimeout(done, 10));
    harness.detectChanges();
  }
  return harness.routeNativeElement?.textContent ?? '';
}

beforeEach(() => {
  localStorage.clear();
  fakeFetch([]);
  const places = [{ path: 'moderation', children: routes }, { path: 'c', children: [] }];
  TestBed.configureTestingModule({ providers: [provideRouter(places, withComponentInputBinding())] });
});

describe('Moderation', () => {
  it('is closed to people without a role', async () => {
    signedInAs('user');
    answering({});
    await (await RouterTestingHarness.create()).navigateByUrl('/moderation/reports');
    expect(TestBed.inject(Router).url).toBe('/c');
  });

  it('shows moderators the reports, and administrators the rest too', async () => {
    signedInAs('user', 'moderator');
    answering({});
    const harness = await RouterTestingHarness.create();
    await harness.navigateByUrl('/moderation/audit');
    expect(TestBed.inject(Router).url).toBe('/moderation');
    expect(await settled(harness)).not.toContain('Audit log');
    signedInAs('user', 'admin');
    await harness.navigateByUrl('/moderation/audit');
    expect(TestBed.inject(Router).url).toBe('/moderation/audit');
    expect(await settled(harness)).toContain('Audit log');
  });

  it('shows what was reported, marked among what is around it, and settles it', async () => {
    signedInAs('user', 'moderator');
    const reported = { report, kind: 'group', title: 'The choir', messages: [message('m1', 'before'), message('m2', 'buy this')] };
    const calls = answering({ 'GET /v1/reports/r1': reported, 'PATCH /v1/reports/r1': { ...report, state: 'resolved' } });
    const harness = await RouterTestingHarness.create();
    await harness.navigateByUrl('/moderation/reports/r1');
    expect(await settled(harness)).toContain('The choir');
    const element = harness.routeNativeElement!;
    expect(element.querySelectorAll('.evidence-line')).toHaveLength(2);
    expect(element.querySelector('.evidence-line.is-reported')?.textContent).toContain('buy this');
    [...element.querySelectorAll('button')].find((each) => each.textContent?.includes('Something was done'))!.click();
    await settled(harness);
    const settling = calls.find((each) => each.method === 'PATCH')!;
    expect(await settling.json()).toEqual({ state: 'resolved' });
    expect(TestBed.inject(Router).url).toBe('/moderation/reports');
  });

  it('shows a person’s text as text', async () => {
    signedInAs('user', 'moderator');
    const reported = { report, kind: 'direct', title: null, messages: [message('m2', '<img src=x onerror=alert(1)>')] };
    answering({ 'GET /v1/reports/r1': reported });
    const harness = await RouterTestingHarness.create();
    await harness.navigateByUrl('/moderation/reports/r1');
    expect(await settled(harness)).toContain('<img src=x onerror=alert(1)>');
    expect(harness.routeNativeElement!.querySelector('img')).toBeNull();
  });

  it('asks the audit log for what the address says', async () => {
    signedInAs('user', 'admin');
    const ada = { ...me, id: 'u9', username: 'Ada' };
    const calls = answering({ 'GET /v1/accounts': { items: [{ ...ada, id: 'x', username: 'ada.b' }, ada], next: null } });
    const harness = await RouterTestingHarness.create();
    await harness.navigateByUrl('/moderation/audit?about=ada&action=signed_in');
    await settled(harness);
    const asked = new URL(calls.find((each) => each.url.includes('/v1/audit'))!.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({ user_id: 'u9', action: 'signed_in' });
  });
});

describe('Instances', () => {
  const one = (id: string, status: string) => ({ id: `vm:${id}:1`, app: id, address: '127.0.0.1:1', status, version: 'abc' });

  async function opened(view: unknown): Promise<{ text: string; element: HTMLElement; calls: Request[] }> {
    signedInAs('user', 'admin');
    const calls = answering({ 'GET /v1/admin/instances': view });
    const harness = await RouterTestingHarness.create();
    await harness.navigateByUrl('/moderation/instances');
    return { text: await settled(harness), element: harness.routeNativeElement!, calls };
  }

  it('shows first who cannot be given work', async () => {
    const items = [one('auth', 'UP'), one('media', 'DOWN'), one('ads', 'SOMETHING_NEW')];
    const { text, element } = await opened({ items, age_s: 1 });
    expect(text).toContain('1 of 3 can be given work.');
    expect(text).not.toContain('last answered');
    const rows = [...element.querySelectorAll('.thing')].map((each) => each.textContent);
    expect(rows.map((each) => /ads|auth|media/.exec(each)![0])).toEqual(['ads', 'media', 'auth']);
    expect(rows[0]).toContain('SOMETHING_NEW');
    expect(element.querySelectorAll('.tag[data-tone=danger]')).toHaveLength(2);
  });

  it('says when the registry has not answered for long', async () => {
    expect((await opened({ items: [one('auth', 'UP')], age_s: 90.4 })).text).toContain('last answered 90 seconds ago');
  });

  it('says that nobody is known where no registry runs', async () => {
    expect((await opened({ items: [], age_s: null })).text).toContain('No instances');
  });

  it('is for administrators', async () => {
    signedInAs('user', 'moderator');
    const calls = answering({});
    await (await RouterTestingHarness.create()).navigateByUrl('/moderation/instances');
    expect(TestBed.inject(Router).url).toBe('/moderation');
    expect(calls.filter((each) => each.url.includes('instances'))).toEqual([]);
  });
});

describe('Words', () => {
  it('are there for every action and reason, and unknown ones keep something to read', () => {
    expect(ACTIONS.map(actionWords).filter((words) => /_/.test(words))).toEqual([]);
    expect(actionWords('something_new')).toBe('something_new');
    expect(reasonWords('spam')).toBe('Spam');
    expect(reasonWords('other')).toBe('Something else');
  });

  it('tell what else is known without ids', () => {
    expect(factWords({ by: 'passkey' })).toBe('with a passkey');
    expect(factWords({ before: ['user'], after: ['user', 'admin'], session_id: 'x' })).toBe('user → user, admin');
    expect(factWords({})).toBe('');
  });
});
