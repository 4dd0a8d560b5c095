"""What the sandbox remembers: plain Python, no web framework, all of it in memory."""

from sandbox.world.current import world
from sandbox.world.world import World

__all__ = ["World", "world"]
