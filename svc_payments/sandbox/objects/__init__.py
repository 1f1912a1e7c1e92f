"""Stripe's objects, one file a kind: what can be done to them, and how they look."""
