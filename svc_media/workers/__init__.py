"""Timers and observers of svc_media, one mixin a topic."""
