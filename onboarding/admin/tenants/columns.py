"""Which columns of the list a person wants to see: their own choice, kept with them."""

from collections.abc import Collection, Sequence

from tenants.models import User

# Each as wide as it is: more than the first ones do not fit on a small screen beside the filters.
COLUMNS = (
    *("status", "open_problems", "waits", "deliveries", "owner"),
    *("lever", "feed", "webhooks", "conversions"),
)
AT_FIRST = COLUMNS[:5]


def of(user: User) -> Sequence[str]:
    """In one order for everybody; what another release offered is passed over."""
    return [it for it in COLUMNS if it in user.desk_columns] or AT_FIRST


def keep(user: User, chosen: Collection[str]) -> None:
    user.desk_columns = [it for it in COLUMNS if it in chosen]
    user.save(update_fields=["desk_columns"])
