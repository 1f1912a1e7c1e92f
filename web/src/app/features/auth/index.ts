export { ForgotPassword } from './forgot-password';
export { ResetPassword } from './reset-password';
export { SignIn } from './sign-in';
export { SignUp } from './sign-up';
export { SignedIn } from './signed-in';
export { VerifyEmail } from './verify-email';
