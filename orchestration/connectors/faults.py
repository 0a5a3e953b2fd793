"""Why a publisher's file was not taken: the reasons, and the exception that carries one to the connector's visit."""

from typing import Literal, get_args

from warehouse.errors import DyadwatchError

Reason = Literal[
    "refused",
    "timeout",
    "certificate",
    "robots",
    "redirected_away",
    "forbidden",
    "not_found",
    "bad_request",
    "rate_limited",
    "server_error",
    "challenge",
    "empty",
    "truncated",
    "too_large",
    "bomb",
    "endless",
    "wrong_type",
    "shape",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
MEANINGS: dict[Reason, str] = {
    "refused": "no connection: refused, reset, or no such host",
    "timeout": "no answer, or no further byte, within the time allowed",
    "certificate": "the certificate does not prove the host; nothing was sent",
    "robots": "the host's robots.txt does not allow the address",
    "redirected_away": "the address, or one it redirects to, is not of this publisher, or redirects go round in circles",
    "forbidden": "401, 403 or 451",
    "not_found": "404 or 410, or no link of the page fits",
    "bad_request": "another answer from 400 to 499",
    "rate_limited": "429; the time to wait was longer than we wait, or the answer stayed the same",
    "server_error": "500 or above, also when asked again",
    "challenge": "a page that tests for a browser, in place of the file, mostly with status 200",
    "empty": "an answer without content, or without a single record where there are always some",
    "truncated": "fewer bytes than promised, or not those of the publisher's own digest",
    "too_large": "more bytes than the catalogue allows",
    "bomb": "small as sent, beyond every measure when unpacked",
    "endless": "a body that still came when the time for the whole file was over",
    "wrong_type": "another kind of file, such as a web page in place of a table",
    "shape": "the right kind of file without what makes it ours: its heading, fields or rows",
}
"""Each reason in words."""

PASSING: frozenset[Reason] = frozenset({"refused", "timeout", "truncated", "empty", "rate_limited", "server_error"})
"""Reasons that may pass by themselves: only these are tried again."""


class FetchFault(DyadwatchError):
    """A file was not taken; raised by the client and the checks, caught by the visit, never seen by a user."""

    def __init__(self, reason: Reason, detail: str, *, attempts: int = 1, wait_s: float | None = None) -> None:
        self.reason = reason
        self.detail = detail
        self.attempts = attempts
        self.wait_s = wait_s
        super().__init__(f"{reason}: {detail}")
