"""dj-stripe's webhook endpoint by itself, under the portal's own server: what takes webhooks in elsewhere.

It checks and stores them; the callback spares it the rest, as the portal leaves the rest to its workers.
"""
