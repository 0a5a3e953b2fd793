"""Parts of an answer: its status as a fault, its body unpacked within bounds, the wait that it asks for."""

import time
import zlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx

from orchestration.connectors.faults import FetchFault, Reason

GZIP_OR_ZLIB = 47
"""zlib's window bits that read both headers."""
OF_STATUS: dict[int, Reason] = {
    401: "forbidden",
    403: "forbidden",
    404: "not_found",
    410: "not_found",
    429: "rate_limited",
    451: "forbidden",
}


def decoded(pieces: Iterator[bytes], encoding: str, max_bytes: int) -> Iterator[bytes]:
    """Yield a body's bytes, unpacked piece by piece, so that no piece can grow beyond what is allowed.

    Raises:
        FetchFault: Too large, or not packed as it says.
    """
    coding = encoding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise FetchFault("wrong_type", f"content encoding {encoding[:40]!r} was not asked for")
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB) if coding not in ("", "identity") else None
    room = max_bytes
    try:
        for piece in pieces:
            plain = unpacker.decompress(piece, room + 1) if unpacker else piece
            room -= len(plain)
            if room < 0:
                reason: Reason = "bomb" if unpacker else "too_large"
                raise FetchFault(reason, f"more than {max_bytes} bytes{' when unpacked' if unpacker else ''}")
            yield plain
    except zlib.error as error:
        raise FetchFault("truncated", f"the body cannot be unpacked: {error}") from error
    if unpacker and not unpacker.eof:
        raise FetchFault("truncated", "the packed body ends too early")


def refuse_status(response: httpx.Response) -> None:
    """Refuse every answer that is not the file.

    Raises:
        FetchFault: The status is not 200.
    """
    status = response.status_code
    if status == 200:
        return
    detail = f"HTTP {status} {response.headers.get('Content-Type', '')}".strip()
    if status >= 500:
        raise FetchFault("server_error", detail, wait_s=_retry_after_s(response))
    if status >= 400:
        reason = OF_STATUS.get(status, "bad_request")
        raise FetchFault(reason, detail, wait_s=_retry_after_s(response))
    raise FetchFault("challenge" if status == 202 else "empty", detail)  # 202 is how some firewalls ask for a browser


def _retry_after_s(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
