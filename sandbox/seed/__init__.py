"""The accounts that a fresh sandbox has: always the same, ids included."""

from sandbox.seed.accounts import seeded_accounts

__all__ = ["seeded_accounts"]
