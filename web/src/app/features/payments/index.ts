/**
 * What other features place.
 *
 *   <app-payment-sheets>                         once, in the shell: what `PaymentUi` is asked for
 *   <app-money-button [conversation]>            in a chat's composer: pay, or ask for money
 *   <app-payment-bubble [payment]>               in the bubble of a message of kind `payment`
 *   <app-paid-bar [channel]>                     on a channel's page: its plans, or how long one has paid
 *   <app-locked-post [post] [channel]>           in the place of a post that is to be paid
 *   <app-tip-button [target] [name]>             a button that opens the sheet of a tip
 *   <app-post-terms [(terms)] [sellsPlans]>      in the composer of posts: who may read the post
 *   <app-channel-selling [channelId]>, <app-earnings [channelId]>   the owner's pages behind a channel
 *   `PaymentUi.show(wish)`, `PaymentUi.refund(paymentId)`; `paymentLine(message.payment)` in one line
 */
export { EarningsView } from './channel/earnings';
export { LockedPost } from './channel/locked-post';
export { PaidBar } from './channel/paid-bar';
export { FREE, PostTerms } from './channel/post-terms';
export { Selling } from './channel/selling';
export { TipButton } from './chat/tip-button';
export { MoneyButton } from './chat/money-button';
export { PaymentBubble } from './chat/payment-bubble';
export { paymentLine } from './chat/payment-line';
export { PaymentSheets } from './payment-sheets';
export { PaymentUi } from './payment-ui';
export { Purse } from './purse';
export { PrivateFiles } from './wallet/private-files';
export { Intention } from './paying/intention';
