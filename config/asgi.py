"""What the server runs."""

import gc
import os
from concurrent.futures import ThreadPoolExecutor

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django = get_wsgi_application()

from webhooks.short_path import ShortPath  # noqa: E402  # once Django is set up

from .serving.answering import Answering  # noqa: E402
from .serving.receiving import Receiver  # noqa: E402
from .serving.webhooks import Webhooks  # noqa: E402

# Each of their threads has a connection to the database.
storing, working = (ThreadPoolExecutor(count, name) for count, name in ((1, "storing"), (8, "working")))
receiver = Receiver()
application = Webhooks(ShortPath(storing, working), Answering(django, working, receiver), receiver)

# What was loaded stays, and is not searched for garbage whenever a request makes many objects: that took 0.2 seconds.
gc.collect()
gc.freeze()
