import { DOCUMENT } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { Api } from '@core/api';
import { Session } from '@core/session';

import { aProblem, anAnswer, fakeFetch } from '../../../../testing/wire';
import { type Payment, Payments } from '../payments';
import { Purse } from '../purse';

import { isExpired } from './card-name';
import { Intention } from './intention';
import { ProviderVisit } from './provider-visit';
import { Settling, isLedOn } from './settling';

function aPayment(facts: Partial<Payment> = {}): Payment {
  return {
    id: '01890000-0000-7000-8000-0000000000aa', kind: 'transfer', status: 'processing', payer_id: 'a', payee_id: 'b', amount: 500, currency: 'EUR',
    note: '', method: 'card', conversation_id: null, channel_id: null, post_id: null, plan_id: null, request_id: null, failure: null, refunded: 0,
    disputed: false, created_at: '2026-01-01T00:00:00Z', succeeded_at: null, ...facts,
  };
}

describe('Intention', () => {
  it('keeps its key while the same thing is tried again', () => {
    const intention = new Intention();
    const key = intention.keyFor({ amount: 500, method: 'card' });
    expect(intention.keyFor({ amount: 500, method: 'card' })).toBe(key);
  });

  it('has another key for what was changed', () => {
    const intention = new Intention();
    const key = intention.keyFor({ amount: 500 });
    expect(intention.keyFor({ amount: 501 })).not.toBe(key);
    expect(intention.keyFor({ amount: 500 }, 'somebody')).not.toBe(key);
  });

  it('has another key once there was an answer', () => {
    const intention = new Intention();
    const key = intention.keyFor({ amount: 500 });
    intention.done();
    expect(intention.keyFor({ amount: 500 })).not.toBe(key);
  });
});

describe('what is asked of the server', () => {
  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [{ provide: Session, useValue: { token: () => Promise.resolve('t'), reject: () => undefined } }] });
  });

  it('sends the key, and the same one after a lost answer', async () => {
    const calls = fakeFetch([new TypeError('lost'), anAnswer(aPayment({ status: 'succeeded' }), 201)]);
    const [payments, intention] = [TestBed.inject(Payments), new Intention()];
    const body = { conversation_id: 'c', payee_id: 'b', amount: 500, currency: 'EUR' };
    await expect(payments.pay(intention.keyFor(body), body)).rejects.toMatchObject({ code: 'offline' });
    await payments.pay(intention.keyFor(body), body);
    const keys = calls.map((each) => each.headers.get('Idempotency-Key'));
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
  });

  it('says in words why money is refused', async () => {
    fakeFetch([aProblem(409, 'balance_too_low', { available: 3 })]);
    const refused = TestBed.inject(Payments).topUp('k', { amount: 500, currency: 'EUR' });
    await expect(refused).rejects.toMatchObject({ words: 'Your available balance is lower than that.' });
  });
});

describe('Settling', () => {
  it('asks until the payment is over', async () => {
    const states = [aPayment({ status: 'processing' }), aPayment({ status: 'succeeded' })];
    const get = vi.fn(() => Promise.resolve(states.shift()!));
    TestBed.configureTestingModule({ providers: [{ provide: Payments, useValue: { get } }] });
    vi.useFakeTimers();
    const followed = TestBed.inject(Settling).follow(aPayment({ status: 'created' }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await followed).status).toBe('succeeded');
    expect(get).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it('stops where its payer has to act, and after its patience', async () => {
    const get = vi.fn(() => Promise.reject(new Error('away')));
    TestBed.configureTestingModule({ providers: [{ provide: Payments, useValue: { get } }] });
    const settling = TestBed.inject(Settling);
    const led = aPayment({ status: 'requires_action', action_url: 'https://pay.example/1' });
    expect(isLedOn(led)).toBe(true);
    expect(await settling.follow(led)).toBe(led);
    vi.useFakeTimers();
    const followed = settling.follow(aPayment(), () => false, 2_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await followed).status).toBe('processing');
    vi.useRealTimers();
  });
});

describe('ProviderVisit', () => {
  it('remembers in this tab what it left for, and where', () => {
    const assign = vi.fn();
    const location = { pathname: '/en/c/42', search: '?q=1', assign };
    TestBed.configureTestingModule({ providers: [{ provide: DOCUMENT, useValue: { location } }] });
    const visit = TestBed.inject(ProviderVisit);
    expect(visit.returnPath()).toBe('/en/wallet/return');
    visit.pay(aPayment({ action_url: 'https://pay.example/1' }));
    expect(assign).toHaveBeenCalledWith('https://pay.example/1');
    expect(visit.last()).toEqual({ paymentId: aPayment().id, from: '/c/42?q=1' });
    visit.forget();
    expect(visit.last()).toBeNull();
  });
});

describe('Purse', () => {
  const method = (id: string, isDefault: boolean) => ({ id, brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030, default: isDefault });

  function purse(...answers: unknown[]): Purse {
    const ask = vi.fn(() => Promise.resolve(answers.shift()));
    TestBed.configureTestingModule({ providers: [{ provide: Api, useValue: { ask } }] });
    return TestBed.inject(Purse);
  }

  it('knows what can be spent, by currency', async () => {
    const mine = purse({ items: [{ currency: 'EUR', available: 700, pending: 100, in_payout: 0, ads: 0 }] });
    expect(mine.balances()).toBeNull();
    await mine.loadBalances();
    expect([mine.available('EUR'), mine.available('USD')]).toEqual([700, 0]);
  });

  it('has one usual card', async () => {
    const mine = purse({ items: [method('a', true), method('b', false)] }, method('b', true));
    await mine.loadMethods();
    await mine.makeUsual(method('b', false));
    expect(mine.methods()?.map((each) => each.default)).toEqual([false, true]);
  });

  it('counts a card until the end of its month', () => {
    const card = { ...method('a', true), exp_month: 2, exp_year: 2026 };
    expect(isExpired(card, new Date(2026, 1, 28))).toBe(false);
    expect(isExpired(card, new Date(2026, 2, 1))).toBe(true);
  });
});
