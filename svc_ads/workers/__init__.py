"""Timers and observers, one mixin a topic."""
