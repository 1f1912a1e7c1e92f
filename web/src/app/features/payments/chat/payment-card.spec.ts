import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { Session } from '@core/session';
import { People } from '@core/store';
import type { Schemas } from '@core/wire';

import { me } from '../../../../testing/wire';
import { PaymentUi } from '../payment-ui';
import { Payments } from '../payments';

import { PaymentCard } from './payment-card';

type Shown = Schemas['ChatPaymentView'];

const BEN = '01890000-0000-7000-8000-000000000002';
const paid: Shown = {
  id: 'p', kind: 'payment', status: 'succeeded', payer_id: me.id, payee_id: BEN, amount: 1250, currency: 'EUR', refunded: 0, disputed: false, note: 'Bread',
  payment_id: 'p',
};
const asked: Shown = { ...paid, id: 'r', kind: 'request', status: 'open', payment_id: null };
const turned = (shown: Shown): Shown => ({ ...shown, payer_id: shown.payee_id, payee_id: shown.payer_id });

describe('PaymentCard', () => {
  const payments = { declineRequest: vi.fn(() => Promise.resolve()), cancelRequest: vi.fn(() => Promise.resolve()) };

  function card(payment: Shown) {
    const people = { get: (id: string) => ({ display_name: id === BEN ? 'Ben' : 'Ana' }) };
    TestBed.configureTestingModule({
      providers: [
        provideRouter([]),
        { provide: Session, useValue: { me: signal(me) } },
        { provide: People, useValue: people },
        { provide: Payments, useValue: payments },
      ],
    });
    const fixture = TestBed.createComponent(PaymentCard);
    fixture.componentRef.setInput('payment', payment);
    fixture.detectChanges();
    const host = fixture.nativeElement as HTMLElement;
    const buttons = () => [...host.querySelectorAll('button.button, button.text-button')] as HTMLButtonElement[];
    return { fixture, host, buttons, names: () => buttons().map((each) => each.textContent?.trim()) };
  }

  it('says how much went from whom to whom, and what for', () => {
    const { host, names } = card(paid);
    expect(host.textContent).toContain('You paid Ben');
    expect(host.textContent).toMatch(/12[.,]50/);
    expect(host.textContent).toContain('Bread');
    expect(host.textContent).toContain('Paid');
    expect(names()).toEqual([]);
  });

  it('lets whoever got money give it back, until all went back', () => {
    expect(card(turned(paid)).names()).toEqual(['Give back']);
    TestBed.resetTestingModule();
    expect(card({ ...turned(paid), refunded: 1250 }).names()).toEqual([]);
    TestBed.resetTestingModule();
    expect(card({ ...turned(paid), disputed: true }).names()).toEqual([]);
  });

  it('lets whoever is asked pay or decline', async () => {
    const { buttons, names } = card(asked);
    expect(names()).toEqual(['Pay', 'Decline']);
    buttons()[0]!.click();
    expect(TestBed.inject(PaymentUi).wish()).toMatchObject({ kind: 'answer', requestId: 'r', payeeId: BEN, amount: 1250 });
    buttons()[1]!.click();
    buttons()[1]!.click();
    await Promise.resolve();
    expect(payments.declineRequest).toHaveBeenCalledTimes(1);
  });

  it('lets whoever asked take it back', () => {
    const { buttons, names } = card(turned(asked));
    expect(names()).toEqual(['Take back']);
    buttons()[0]!.click();
    expect(payments.cancelRequest).toHaveBeenCalledWith('r');
  });

  it('offers nothing to others in a group', () => {
    expect(card({ ...asked, payer_id: 'x', payee_id: 'y' }).names()).toEqual([]);
  });

  it('changes with its message', () => {
    const { fixture, names } = card(asked);
    fixture.componentRef.setInput('payment', { ...asked, status: 'declined' });
    fixture.detectChanges();
    expect(names()).toEqual([]);
    expect((fixture.nativeElement as HTMLElement).textContent).toContain('Declined');
  });
});
