import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django = get_wsgi_application()

from webhooks import short_path  # noqa: E402  # once Django is set up

from .patience import patient  # noqa: E402

# Of those who wait for one commit only the first uses its connection. Of the 256 threads some are left for probes.
application = patient(short_path.before(django), at_once=8, received_at_once=192)

# What was loaded stays, and is not searched for garbage whenever a request makes many objects: that took 0.2 seconds.
gc.collect()
gc.freeze()
