"""`world`: the World that the Flask application at hand serves."""

from typing import cast

from flask import current_app
from werkzeug.local import LocalProxy

from sandbox.world.world import World

world = cast(World, LocalProxy(lambda: current_app.extensions["world"]))
