"""Channels that people follow, their posts and replayable logs, and notifications (contracts/subscriptions.py)."""
