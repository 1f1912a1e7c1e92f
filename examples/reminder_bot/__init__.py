"""A bot that reminds people and asks them, made with charla-sdk."""
