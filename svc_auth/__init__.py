"""Accounts, sessions, tokens and second factors."""
