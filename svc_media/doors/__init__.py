"""The RPC methods of svc_media, one mixin a topic."""
