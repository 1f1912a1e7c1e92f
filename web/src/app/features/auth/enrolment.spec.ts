import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';

import { Session } from '@core/session';

import { aProblem, anAnswer, fakeFetch, me } from '../../../testing/wire';

import { SignIn } from './sign-in';

const CODES = ['aaaa-1111', 'bbbb-2222'];
const OWED = { enrolment_required: true, enrolment_token: 'e-token', factors: ['totp', 'passkey'] };
const SETUP = { factor_id: 'f1', secret: 'ABCDEFGH', otpauth_uri: 'otpauth://totp/x?secret=ABCDEFGH' };
const SIGNED_IN = {
  user: { ...me, factors: ['totp'] },
  access_token: 'a-token',
  refresh_token: null,
  token_type: 'Bearer',
  expires_in: 600,
  recovery_codes: CODES,
};

async function settled(fixture: ComponentFixture<unknown>): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await fixture.whenStable();
    await new Promise((done) => setTimeout(done));
    fixture.detectChanges();
  }
}

function press(element: HTMLElement, words: string): void {
  const found = [...element.querySelectorAll('button')].find((each) => each.textContent?.includes(words));
  if (!found) throw new Error(`no button "${words}" in ${element.textContent ?? ''}`);
  found.click();
}

function send(element: HTMLElement, typed: Record<string, string>): void {
  for (const [control, text] of Object.entries(typed)) {
    const input = element.querySelector<HTMLInputElement>(`[formControlName=${control}]`)!;
    input.value = text;
    input.dispatchEvent(new Event('input'));
  }
  element.querySelector('form')!.dispatchEvent(new Event('submit'));
}

describe('A second factor that is demanded', () => {
  let fixture: ComponentFixture<SignIn>;
  let element: HTMLElement;

  beforeEach(async () => {
    localStorage.clear();
    // What a page defers is known once its component is compiled.
    await TestBed.configureTestingModule({ imports: [SignIn], providers: [provideRouter([])] }).compileComponents();
    await TestBed.inject(Session).start();
    vi.spyOn(TestBed.inject(Router), 'navigateByUrl').mockResolvedValue(true);
  });

  async function signIn(...answers: Response[]): Promise<Request[]> {
    const providers = anAnswer({ items: [], next: null });
    const calls = fakeFetch([providers, anAnswer(OWED), ...answers]);
    fixture = TestBed.createComponent(SignIn);
    element = fixture.nativeElement as HTMLElement;
    await settled(fixture);
    send(element, { username: 'ana', password: 'a secret' });
    await settled(fixture);
    return calls;
  }

  it('is said at sign-in, with nobody signed in', async () => {
    await signIn();
    expect(element.querySelector('h1')?.textContent).toBe('Set up a second step');
    expect(element.textContent).toContain('a stolen password alone opens nothing');
    expect(TestBed.inject(Session).isSignedIn()).toBe(false);
    press(element, 'Use another account');
    await settled(fixture);
    expect(element.querySelector('h1')?.textContent).toBe('Welcome back');
  });

  it('is set up by a first code; the recovery codes stay until they are kept', async () => {
    const calls = await signIn(anAnswer(SETUP, 201), aProblem(401, 'wrong_code'), anAnswer(SIGNED_IN));
    press(element, 'Set up an authenticator app');
    await settled(fixture);
    expect(element.querySelector('code')?.textContent).toBe('ABCD EFGH');
    send(element, { code: '000 000' });
    await settled(fixture);
    expect(element.querySelector('.field-error')?.textContent).toContain('That code is not valid');
    send(element, { code: '123 456' });
    await settled(fixture);
    const asked = calls.filter((each) => each.url.endsWith('/enrolment/totp/finish')).at(-1)!;
    expect(await asked.json()).toEqual({ enrolment_token: 'e-token', factor_id: 'f1', code: '123456', device: '' });
    expect(asked.headers.get('X-Charla-CSRF')).toBe('1');
    expect([...element.querySelectorAll('.recovery-codes li')].map((each) => each.textContent)).toEqual(CODES);
    expect(TestBed.inject(Session).me()?.factors).toEqual(['totp']);
    expect(TestBed.inject(Router).navigateByUrl).not.toHaveBeenCalled();
    press(element, 'I have kept them');
    await settled(fixture);
    expect(TestBed.inject(Router).navigateByUrl).toHaveBeenCalledWith('/c');
  });

  it('says so when it took too long', async () => {
    await signIn(aProblem(401, 'token_invalid'));
    press(element, 'Set up an authenticator app');
    await settled(fixture);
    expect(element.querySelector('[role=alert]')?.textContent).toContain('That took too long. Begin again.');
  });
});
