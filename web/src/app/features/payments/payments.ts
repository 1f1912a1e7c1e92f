import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';

import { addPaymentWords } from './problems';

export type Payment = Schemas['PaymentView'];
export type PaymentRequest = Schemas['PaymentRequestView'];
export type Method = Schemas['PaymentMethodView'];
export type Balance = Schemas['BalanceView'];
export type Line = Schemas['LineView'];
export type Payout = Schemas['PayoutView'];
export type PayoutAccount = Schemas['PayoutAccountView'];
export type Refund = Schemas['RefundView'];
export type Plan = Schemas['PlanView'];
export type Coupon = Schemas['CouponView'];
export type PaidSubscription = Schemas['contracts.payments.SubscriptionView'];
export type Earnings = Schemas['EarningsView'];

/** How somebody pays: from the balance, with a card that is typed at the provider, or with a saved card's id. */
export const BALANCE = 'balance';
export const CARD = 'card';

/** Whom a tip is for: one of them. */
export type TipTarget = Pick<Schemas['TipBody'], 'channel_id' | 'post_id' | 'user_id' | 'conversation_id'>;
type Keyed = { readonly header: { readonly 'Idempotency-Key': string } };

const keyed = (key: string): Keyed => ({ header: { 'Idempotency-Key': key } });

/** The calls that move money. Each takes the key of its intention, so that a repeated call moves it once. */
@Injectable({ providedIn: 'root' })
export class Payments {
  private readonly api = inject(Api);

  constructor() {
    addPaymentWords();
  }

  pay(key: string, body: Schemas['PaymentBody']): Promise<Payment> {
    return this.api.ask((http) => http.POST('/v1/payments', { body, params: keyed(key) }));
  }

  tip(key: string, body: Schemas['TipBody']): Promise<Payment> {
    return this.api.ask((http) => http.POST('/v1/tips', { body, params: keyed(key) }));
  }

  buyPost(key: string, postId: string, body: Schemas['PurchaseBody']): Promise<Payment> {
    const params = { path: { post_id: postId }, ...keyed(key) };
    return this.api.ask((http) => http.POST('/v1/posts/{post_id}/purchase', { body, params }));
  }

  topUp(key: string, body: Schemas['TopUpBody']): Promise<Payment> {
    return this.api.ask((http) => http.POST('/v1/top-ups', { body, params: keyed(key) }));
  }

  request(key: string, body: Schemas['PaymentRequestBody']): Promise<PaymentRequest> {
    return this.api.ask((http) => http.POST('/v1/payment-requests', { body, params: keyed(key) }));
  }

  payRequest(key: string, requestId: string, body: Schemas['PayRequestBody']): Promise<Payment> {
    const params = { path: { request_id: requestId }, ...keyed(key) };
    return this.api.ask((http) => http.POST('/v1/payment-requests/{request_id}/pay', { body, params }));
  }

  declineRequest(requestId: string): Promise<PaymentRequest> {
    const params = { path: { request_id: requestId } };
    return this.api.ask((http) => http.POST('/v1/payment-requests/{request_id}/decline', { params }));
  }

  cancelRequest(requestId: string): Promise<PaymentRequest> {
    const params = { path: { request_id: requestId } };
    return this.api.ask((http) => http.POST('/v1/payment-requests/{request_id}/cancel', { params }));
  }

  subscribe(key: string, planId: string, body: Schemas['SubscribeBody']): Promise<PaidSubscription> {
    const params = { path: { plan_id: planId }, ...keyed(key) };
    return this.api.ask((http) => http.POST('/v1/plans/{plan_id}/subscription', { body, params }));
  }

  refund(key: string, body: Schemas['RefundBody']): Promise<Refund> {
    return this.api.ask((http) => http.POST('/v1/refunds', { body, params: keyed(key) }));
  }

  payOut(key: string, body: Schemas['PayoutBody']): Promise<Payout> {
    return this.api.ask((http) => http.POST('/v1/payouts', { body, params: keyed(key) }));
  }

  /** Returns a payment as it is now; the provider is asked while it is open. */
  get(id: string): Promise<Payment> {
    return this.api.ask((http) => http.GET('/v1/payments/{payment_id}', { params: { path: { payment_id: id } } }));
  }

  cancel(id: string): Promise<Payment> {
    return this.api.ask((http) => http.POST('/v1/payments/{payment_id}/cancel', { params: { path: { payment_id: id } } }));
  }

  list(role: 'payer' | 'payee', after?: string, limit = 30): Promise<Schemas['Page_PaymentView_']> {
    return this.api.ask((http) => http.GET('/v1/payments', { params: { query: { role, after, limit } } }));
  }

  /** Returns the plans of a channel, or without one those of the platform itself. */
  async plans(channelId: string | null): Promise<readonly Plan[]> {
    if (channelId === null) return [await this.api.ask((http) => http.GET('/v1/plans/ad_free'))];
    const params = { path: { channel_id: channelId } };
    return (await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/plans', { params }))).items;
  }
}
