"""The verbs of svc_media: a session and plain values in, rows out; no AMQP and no HTTP."""
