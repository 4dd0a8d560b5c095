"""What happens here and matters to those who import us."""

from django.dispatch import Signal

# An application of ours got its id in the ATS: `tenant_id`, `external_id`. Sent once that is committed.
application_named = Signal()

# All that is personal of an application went: `application`. Sent once that is committed.
application_erased = Signal()
