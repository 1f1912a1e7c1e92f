/** What stands outside of `/channels`: where the link of an invitation leads. */
export { AcceptInvite } from './accept-invite';
