"""A payment provider to try Charla with: the part of Stripe's API that is used here, its pages, and its messages.

It is a program of its own, for development and tests, and imports nothing of the rest of svc_payments. No money moves.
"""
