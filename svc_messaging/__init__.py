"""Conversations, messages and everything that happens to them."""
