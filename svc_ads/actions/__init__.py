"""The verbs: a session and plain values in, rows or views out."""
