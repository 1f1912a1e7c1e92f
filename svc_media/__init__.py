"""Pictures, voice, video and files: uploads, storage, processing, and who may read them."""
