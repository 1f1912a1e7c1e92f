"""Money between people, channels and the payment provider, in one append-only ledger (contracts/payments.py)."""
