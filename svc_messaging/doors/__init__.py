"""The RPC methods of svc_messaging, one mixin for each topic."""
