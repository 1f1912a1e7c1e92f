"""The RPC methods, one mixin a topic."""
