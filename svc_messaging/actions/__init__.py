"""The verbs of svc_messaging: a session and plain values in, rows out; no AMQP, no HTTP."""
