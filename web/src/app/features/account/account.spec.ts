import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { Api } from '@core/api';
import { ProblemError } from '@core/problem';
import { Roles } from '@core/roles';
import { Session } from '@core/session';
import { draw } from '@shared/totp/qr-code';

import { anAnswer, fakeFetch, me } from '../../../testing/wire';

import { Account } from './account';
import { Copies } from './data/copies';
import { Leaving } from './data/leaving';
import { deviceName, isPhone } from './devices/device-name';
import { EmailForm } from './profile/email-form';
import { ProfileForm } from './profile/profile-form';
import { TotpDialog } from './security/totp-dialog';

/** Answers calls of the API without a network: by method and path. */
function answering(table: Record<string, unknown>): Request[] {
  const calls: Request[] = [];
  TestBed.inject(Session).update(me);
  vi.spyOn(TestBed.inject(Api), 'send').mockImplementation(async (request) => {
    calls.push(request.clone());
    const key = `${request.method} ${new URL(request.url).pathname}`;
    if (!(key in table)) throw new Error(`nobody expected ${key}`);
    const answer = table[key];
    if (answer instanceof Error) throw answer;
    return answer === null ? new Response(null, { status: 204 }) : anAnswer(answer);
  });
  return calls;
}

async function settled(fixture: { whenStable: () => Promise<unknown>; detectChanges: () => void }): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await fixture.whenStable();
    await new Promise((done) => setTimeout(done));
    fixture.detectChanges();
  }
}

function fill(element: HTMLElement, selector: string, text: string): void {
  const input = element.querySelector<HTMLInputElement>(selector)!;
  input.value = text;
  input.dispatchEvent(new Event('input'));
}

function press(element: HTMLElement, words: string): void {
  const found = [...element.querySelectorAll('button')].find((each) => each.textContent?.includes(words));
  if (!found) throw new Error(`no button "${words}" in ${element.textContent ?? ''}`);
  found.click();
}

beforeEach(() => {
  localStorage.clear();
  fakeFetch([]);
  TestBed.configureTestingModule({ providers: [provideRouter([])] });
});

describe('A QR code', () => {
  it('is one path whose squares lie within it, with a quiet edge', () => {
    const { viewBox, path } = draw('otpauth://totp/Charla:ana?secret=ABC&issuer=Charla');
    const size = Number(viewBox.split(' ')[2]);
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)].map((run) => run.slice(1).map(Number));
    expect(runs.length).toBeGreaterThan(100);
    for (const [x, y, width, back] of runs) {
      expect(width).toBe(back);
      expect(x!).toBeGreaterThanOrEqual(3);
      expect(x! + width!).toBeLessThanOrEqual(size - 3);
      expect(y!).toBeGreaterThanOrEqual(3);
    }
    // The finder at the upper left: seven dark squares in a line.
    expect(runs[0]).toEqual([3, 3, 7, 7]);
  });

  it('is another one for another text', () => {
    expect(draw('a').path).not.toBe(draw('b').path);
  });
});

describe('A device', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/130.0', 'Firefox · Windows', false],
    ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36', 'Chrome · Android', true],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0', 'Edge · Windows', false],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1', 'Safari · iPhone', true],
    ['the kitchen tablet', 'the kitchen tablet', false],
    ['', '', false],
  ])('%s', (label, name, phone) => {
    expect(deviceName(label)).toBe(name);
    expect(isPhone(label)).toBe(phone);
  });
});

describe('The profile', () => {
  it('sends what has changed and nothing else, since a name that stays is no renaming', async () => {
    const calls = answering({ 'PATCH /v1/users/me': { ...me, display_name: 'Ana R.' } });
    const fixture = TestBed.createComponent(ProfileForm);
    fixture.detectChanges();
    const element = fixture.nativeElement as HTMLElement;
    const name = element.querySelector<HTMLInputElement>('input[autocomplete=name]')!;
    name.value = ' Ana R. ';
    name.dispatchEvent(new Event('input'));
    await settled(fixture);
    press(element, 'Save');
    await settled(fixture);
    expect(await calls[0]!.json()).toEqual({ display_name: 'Ana R.' });
    expect(TestBed.inject(Session).me()?.display_name).toBe('Ana R.');
  });

  it('says at the field that a name is taken', async () => {
    answering({ 'PATCH /v1/users/me': new ProblemError({ code: 'username_taken', status: 409 }) });
    const fixture = TestBed.createComponent(ProfileForm);
    fixture.detectChanges();
    const element = fixture.nativeElement as HTMLElement;
    const name = element.querySelector<HTMLInputElement>('input[autocomplete=username]')!;
    name.value = 'ben';
    name.dispatchEvent(new Event('input'));
    await settled(fixture);
    press(element, 'Save');
    await settled(fixture);
    expect(name.getAttribute('aria-invalid')).toBe('true');
    expect(element.querySelector('.field-error')?.textContent).toContain('Somebody else has that name');
  });
});

describe('An authenticator app', () => {
  it('is set up by a first code, and then the recovery codes are shown', async () => {
    const codes = ['aaaa-1111', 'bbbb-2222'];
    const setup = { factor_id: 'f1', secret: 'ABCDEFGH', otpauth_uri: 'otpauth://totp/x?secret=ABCDEFGH' };
    const calls = answering({
      'POST /v1/auth/factors/totp': setup,
      'POST /v1/auth/factors/f1/confirm': { recovery_codes: codes },
      'GET /v1/users/me': { ...me, factors: ['totp'] },
    });
    HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
      this.open = true;
    };
    const fixture = TestBed.createComponent(TotpDialog);
    const confirmed = vi.fn();
    fixture.componentInstance.confirmed.subscribe(confirmed);
    fixture.componentRef.setInput('open', true);
    await settled(fixture);
    const element = fixture.nativeElement as HTMLElement;
    fill(element, 'input[autocomplete=current-password]', 'a secret');
    element.querySelector('form')!.dispatchEvent(new Event('submit'));
    await settled(fixture);
    expect(await calls[0]!.json()).toEqual({ label: '', password: 'a secret' });
    expect(element.querySelector('code')?.textContent).toBe('ABCD EFGH');
    expect(element.querySelector('app-qr-code path')?.getAttribute('d')).toBe(draw(setup.otpauth_uri).path);
    const input = element.querySelector<HTMLInputElement>('input.is-code')!;
    input.value = '123 456';
    input.dispatchEvent(new Event('input'));
    element.querySelector('form')!.dispatchEvent(new Event('submit'));
    await settled(fixture);
    expect(await calls[1]!.json()).toEqual({ code: '123456' });
    expect([...element.querySelectorAll('.recovery-codes li')].map((each) => each.textContent)).toEqual(codes);
    expect(confirmed).toHaveBeenCalledOnce();
    expect(TestBed.inject(Session).me()?.factors).toEqual(['totp']);
  });
});

describe('Another e-mail address', () => {
  async function typed(address: string): Promise<{ fixture: ComponentFixture<EmailForm>; element: HTMLElement }> {
    const fixture = TestBed.createComponent(EmailForm);
    fixture.detectChanges();
    const element = fixture.nativeElement as HTMLElement;
    expect(element.querySelector('input[type=password]')).toBeNull();
    fill(element, 'input[type=email]', address);
    await settled(fixture);
    return { fixture, element };
  }

  it('asks for the password, and says at it that it is wrong', async () => {
    const calls = answering({ 'PATCH /v1/users/me': new ProblemError({ code: 'wrong_credentials', status: 401 }) });
    const { fixture, element } = await typed('ana@example.org');
    fill(element, 'input[type=password]', 'a secret');
    press(element, 'Save');
    await settled(fixture);
    expect(await calls[0]!.json()).toEqual({ email: 'ana@example.org', password: 'a secret' });
    expect(element.querySelector('input[type=password]')?.getAttribute('aria-invalid')).toBe('true');
  });

  it('asks for none where the account has none', async () => {
    const calls = answering({ 'PATCH /v1/users/me': { ...me, has_password: false, email: 'ana@example.org' } });
    TestBed.inject(Session).update({ ...me, has_password: false });
    const { fixture, element } = await typed('ana@example.org');
    expect(element.querySelector('input[type=password]')).toBeNull();
    press(element, 'Save');
    await settled(fixture);
    expect(await calls[0]!.json()).toEqual({ email: 'ana@example.org', password: null });
  });
});

describe('A copy of the data', () => {
  const waiting = { id: 'e1', state: 'waiting', asked_at: '2026-01-01T00:00:00Z', ready_at: null, expires_at: null, size: null, url: null };

  it('is asked for under the same key until an answer came', async () => {
    const table: Record<string, unknown> = {
      'GET /v1/users/me/data/exports': { items: [], next: null },
      'POST /v1/users/me/data/exports': new ProblemError({ code: 'offline', status: 0 }),
    };
    const calls = answering(table);
    const fixture = TestBed.createComponent(Copies);
    await settled(fixture);
    const element = fixture.nativeElement as HTMLElement;
    press(element, 'Ask for a copy');
    await settled(fixture);
    table['POST /v1/users/me/data/exports'] = waiting;
    table['GET /v1/users/me/data/exports'] = { items: [waiting], next: null };
    press(element, 'Ask for a copy');
    await settled(fixture);
    const keys = calls.filter((each) => each.method === 'POST').map((each) => each.headers.get('Idempotency-Key'));
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(element.textContent).toContain('Being made');
    expect([...element.querySelectorAll('button')].every((each) => each.disabled)).toBe(true);
    fixture.destroy();
  });

  it('is a link once it is ready', async () => {
    const url = '/v1/users/me/data/exports/e1/file?token=t';
    const ready = { ...waiting, state: 'ready', size: 1_500_000, expires_at: '2026-01-08T00:00:00Z', url };
    answering({ 'GET /v1/users/me/data/exports': { items: [ready], next: null } });
    const fixture = TestBed.createComponent(Copies);
    await settled(fixture);
    const element = fixture.nativeElement as HTMLElement;
    expect(element.querySelector('a')?.getAttribute('href')).toBe(url);
    expect(element.textContent).toContain('1.5 MB');
  });
});

describe('Leaving', () => {
  const erasure = { asked_at: null, due_at: null, messages: null, grace_s: 3 * 86_400 };

  it('says how long there is to change one’s mind, as the server has it', async () => {
    answering({ 'GET /v1/users/me/data/erasure': erasure });
    const fixture = TestBed.createComponent(Leaving);
    await settled(fixture);
    expect((fixture.nativeElement as HTMLElement).textContent).toContain('You have 3 days to change your mind.');
  });

  it('can be called off while it is due', async () => {
    const calls = answering({
      'GET /v1/users/me/data/erasure': erasure,
      'DELETE /v1/users/me/data/erasure': null,
      'GET /v1/users/me': me,
    });
    TestBed.inject(Session).update({ ...me, erasure_due_at: '2026-02-01T00:00:00Z' });
    const fixture = TestBed.createComponent(Leaving);
    await settled(fixture);
    const element = fixture.nativeElement as HTMLElement;
    expect(element.textContent).toContain('Your account will be deleted on');
    press(element, 'Keep my account');
    await settled(fixture);
    expect(calls.map((each) => each.method)).toContain('DELETE');
    expect(TestBed.inject(Session).me()?.erasure_due_at).toBeUndefined();
    expect(element.textContent).toContain('Delete my account');
  });

  it('sends the password and what becomes of the messages', async () => {
    const calls = answering({ 'POST /v1/users/me/data/erasure': erasure, 'GET /v1/users/me': me });
    await TestBed.inject(Account).startErasure('a secret', 'delete');
    expect(await calls[0]!.json()).toEqual({ password: 'a secret', messages: 'delete' });
  });
});

describe('Roles', () => {
  it.each([
    [['user'], false, false],
    [['user', 'moderator'], true, false],
    [['user', 'admin'], true, true],
  ] as const)('%s', (roles, moderates, administers) => {
    TestBed.inject(Session).update({ ...me, roles: [...roles] });
    expect(TestBed.inject(Roles).moderates()).toBe(moderates);
    expect(TestBed.inject(Roles).administers()).toBe(administers);
  });
});
