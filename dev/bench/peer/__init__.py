"""dj-stripe's webhook endpoint, under the portal's own server: what takes webhooks in elsewhere.

A project as `startproject` makes it, with dj-stripe in it as its manual says. It checks and stores what comes; the
callback spares it the rest, as the portal leaves the rest to its workers.
"""
