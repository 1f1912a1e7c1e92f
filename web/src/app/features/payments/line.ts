/** What the list of chats shows of payments, without all the rest of `index.ts`: that list is loaded at once. */
export { paymentLine } from './chat/payment-line';
