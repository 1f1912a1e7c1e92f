"""The RPC doors of svc_auth, one file a topic; `svc_auth.service` puts them together."""
