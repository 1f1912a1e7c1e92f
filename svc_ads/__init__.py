"""Advertising that respects people, and that anyone can check (contracts/ads.py, docs/ads.md)."""
