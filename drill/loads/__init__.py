"""What people do while things break, one file a topic; each records what it was told for `drill.promises`."""
