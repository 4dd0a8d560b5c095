"""Each part of the API keeps its routes beside its views; the room collects them."""

from collections.abc import Callable

from flask import Blueprint

from sandbox.api.access import View, needs


class Routes:
    def __init__(self) -> None:
        self._routes: list[tuple[str, str, View]] = []

    def add(self, method: str, path: str, scope: str) -> Callable[[View], View]:
        """The scope is checked before the view runs."""

        def decorate(view: View) -> View:
            self._routes.append((method, path, needs(scope)(view)))
            return view

        return decorate

    def register_on(self, room: Blueprint) -> None:
        for method, path, view in self._routes:
            room.add_url_rule(path, f"{method} {path}".replace(".", "_"), view, methods=[method])
