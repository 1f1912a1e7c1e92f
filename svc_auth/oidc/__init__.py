"""Charla as a relying party of OpenID Connect providers: configuration, discovery, code flow, ID tokens.

Nothing here knows accounts. What a provider says reaches the actions as `Claims`, once it is believed.
"""
