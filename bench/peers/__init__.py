"""Charla beside other chat servers, by the same driver and the same work: `./charla bench peers`.

Each server has an adapter with the same interface (`adapter.py`): Charla, Prosody, ejabberd, Synapse, Tinode. The
others are fetched into `.run/peers` by `./charla bench peers --install`, run from there on loopback, keep their
messages in the stack's own PostgreSQL, and are ended afterwards. `work.py` is what all of them are put to.
"""
