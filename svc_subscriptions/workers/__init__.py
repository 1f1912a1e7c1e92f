"""What the worker does on its own, one mixin a topic."""
