from typing import Any

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def leave_it(trigger: Any, **_: Any) -> None:
    """What came is stored; it is processed later, or never."""
