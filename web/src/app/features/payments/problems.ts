import { addWords } from '@core/words';

/** What people read where money is refused; added to the client's table as payments are loaded. */
export function addPaymentWords(): void {
  addWords({
    unknown_payment: () => $localize`:@@payments.problem.unknown_payment:There is no such payment.`,
    unknown_payment_request: () => $localize`:@@payments.problem.unknown_request:That request is not there any more.`,
    unknown_plan: () => $localize`:@@payments.problem.unknown_plan:That plan is not sold any more.`,
    unknown_coupon: () => $localize`:@@payments.problem.unknown_coupon:That coupon does not exist, was used up, or has expired.`,
    unknown_payment_method: () => $localize`:@@payments.problem.unknown_method:That card is not saved any more.`,
    unknown_payee: () => $localize`:@@payments.problem.unknown_payee:You cannot pay this person here.`,
    not_to_yourself: () => $localize`:@@payments.problem.not_to_yourself:You cannot pay yourself.`,
    amount_invalid: () => $localize`:@@payments.problem.amount_invalid:That amount is too small or too big.`,
    balance_too_low: () => $localize`:@@payments.problem.balance_too_low:Your available balance is lower than that.`,
    payment_not_open: () => $localize`:@@payments.problem.payment_not_open:That payment is over already.`,
    payment_request_not_open: () => $localize`:@@payments.problem.request_not_open:That request was answered already.`,
    not_refundable: () => $localize`:@@payments.problem.not_refundable:That is more than is left of the payment to give back.`,
    already_paid_for: () => $localize`:@@payments.problem.already_paid_for:You have paid for that already.`,
    not_for_sale: () => $localize`:@@payments.problem.not_for_sale:That cannot be bought now.`,
    coupon_taken: () => $localize`:@@payments.problem.coupon_taken:This channel has a coupon of that code already.`,
    too_many_plans: () => $localize`:@@payments.problem.too_many_plans:This channel has as many plans as it can have.`,
    too_many_coupons: () => $localize`:@@payments.problem.too_many_coupons:This channel has as many coupons as it can have.`,
    payout_account_missing: () => $localize`:@@payments.problem.payout_account_missing:Say first where your payouts shall go.`,
    payment_provider_away: () => $localize`:@@payments.problem.provider_away:The payment provider does not answer right now. Try again in a moment: nothing is paid twice.`,
    too_many_open_payments: () => $localize`:@@payments.problem.too_many_open:Many of your payments wait. Finish or call off some first, in your wallet.`,
    channel_not_paid: () => $localize`:@@payments.problem.channel_not_paid:Make a plan for this channel first.`,
    post_locked: () => $localize`:@@payments.problem.post_locked:Pay for this post first.`,
  });
}
