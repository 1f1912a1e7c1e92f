"""The load kit: drives Charla's public API from outside and measures it."""
