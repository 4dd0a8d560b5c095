"""How a person works a page: with the mouse, or with the keyboard alone."""

from contextlib import nullcontext
from typing import Protocol

from playwright.sync_api import Download, Locator

# No page has more places to stop at.
MOST_STOPS = 250
IS_REACHED = "it => it === document.activeElement"
IS_IN_REACH = (
    f"it => ({IS_REACHED})(it) || !!it.name && it.type === 'radio' && document.activeElement.name === it.name"
)
LEADS_ON = "it => it.matches('a[href], form button:not([type=button])')"


class Hands(Protocol):
    def press(self, control: Locator) -> None:
        """A button, a link, a switch, or what opens a part of the page."""

    def check(self, choice: Locator) -> None:
        """One of several radio buttons."""

    def pick(self, options: Locator, label: str) -> None:
        """From a list of options."""

    def write(self, field: Locator, text: str) -> None: ...

    def paste(self, field: Locator) -> None:
        """What was copied last."""


class Mouse:
    def press(self, control: Locator) -> None:
        control.click()

    def check(self, choice: Locator) -> None:
        choice.check()

    def pick(self, options: Locator, label: str) -> None:
        options.select_option(label)

    def write(self, field: Locator, text: str) -> None:
        field.fill(text)

    def paste(self, field: Locator) -> None:
        field.click()
        field.press("ControlOrMeta+v")


class Keyboard:
    """From stop to stop with the Tab key, as far as it takes."""

    def press(self, control: Locator) -> None:
        """A click waits for the page that it leads to; a key does not by itself."""
        self._reach(control)
        leads_on = control.page.expect_navigation() if control.evaluate(LEADS_ON) else nullcontext()
        with leads_on:
            control.page.keyboard.press("Enter")

    def check(self, choice: Locator) -> None:
        self._reach(choice, IS_IN_REACH)
        for _ in range(choice.page.get_by_role("radio").count()):
            if choice.is_checked():
                return
            choice.page.keyboard.press("Space" if choice.evaluate(IS_REACHED) else "ArrowDown")
        raise AssertionError(f"{choice} was not reached with the arrow keys.")

    def download(self, control: Locator) -> Download:
        """What leads to a file leaves the page as it is."""
        self._reach(control)
        with control.page.expect_download() as arriving:
            control.page.keyboard.press("Enter")
        return arriving.value

    def pick(self, options: Locator, label: str) -> None:
        self._reach(options)
        options.page.keyboard.press("Home")
        for _ in range(options.locator("option").count()):
            if options.locator("option:checked").inner_text() == label:
                return
            options.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{options} has no option {label!r}.")

    def write(self, field: Locator, text: str) -> None:
        self._reach(field)
        field.page.keyboard.press("ControlOrMeta+a")
        field.page.keyboard.type(text)

    def paste(self, field: Locator) -> None:
        self._reach(field)
        field.page.keyboard.press("ControlOrMeta+v")

    def _reach(self, control: Locator, is_there: str = IS_REACHED) -> None:
        control.wait_for()
        for _ in range(MOST_STOPS):
            if control.evaluate(is_there):
                return
            control.page.keyboard.press("Tab")
        raise AssertionError(f"{control} was not reached with the Tab key.")
