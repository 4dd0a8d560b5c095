"""Answers as an observer compares them."""

import re
from typing import Any

# A token of its own in each page, against forged forms; and the nonce of its policy.
NEW_EACH_TIME = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=nonce=")[^"]+|(?<="X-CSRFToken": ")\w+')


def seen(answer: Any, *own_words: str) -> tuple[int, str, str]:
    """Status, target and page, without the words that differ since the observer gave them."""
    page = NEW_EACH_TIME.sub("", answer.content.decode())
    target = answer.headers.get("Location", "")
    for word in own_words:
        page, target = page.replace(word, "…"), target.replace(word, "…")
    return answer.status_code, target, page
