"""The payment provider: its interface (`base`), and the implementation that talks to Stripe."""
