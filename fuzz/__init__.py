"""Says to a running Charla what no honest client says, at every door, and watches that nobody falls."""
