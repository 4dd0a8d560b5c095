"""A customer's admin who is called back to mend something."""

from ... import sign_in
from ...journeys import ByDiscovery, ByHand
from ...stack import Stack
from ...staff import Staff


class Customer(ByDiscovery):
    def __init__(self, stack: Stack, staff: Staff, account: str, *, is_sparing: bool) -> None:
        super().__init__(stack, staff, account)
        self.slug = account
        self.extent = ByHand.extent if is_sparing else ByDiscovery.extent
        sign_in.by_code(self.customer, self.lever, f"admin@{account}.example")

    def paste_token(self, endpoint: int, token: str) -> None:
        page = self.page("webhooks")
        self.customer.submit(page, f"{page}{endpoint}/token/", {"secret": token})
