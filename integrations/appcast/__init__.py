"""Appcast's contracts, and the only place that knows them: applications in, conversions out, the outgoing feed.

Pure: bytes and plain values in, bytes and plain values out. Who stores and sends them is above.
"""
