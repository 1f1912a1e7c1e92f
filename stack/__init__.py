"""Runs all of Charla on one machine, without containers."""
