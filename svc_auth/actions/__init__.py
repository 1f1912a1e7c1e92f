"""The verbs of svc_auth: a session and plain values in, models out."""
