"""The door of bytes: uploads by tus 1.0 and downloads, over HTTP. Actions know nothing of it."""
