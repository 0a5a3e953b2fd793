"""The one HTTP client: polite, bounded in time, size and redirects, and sure of whom it speaks to.

Every fault that a network can show becomes a `FetchFault` with its reason. TLS is never switched off.
"""

import random
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version

import httpx
import tenacity

from orchestration.connectors.answers import decoded, refuse_status
from orchestration.connectors.faults import PASSING, FetchFault, Reason
from orchestration.connectors.robots import Robots
from warehouse.catalog.models import Live
from warehouse.errors import CatalogError

NAME = f"dyadwatch/{version('dyadwatch')}"
"""Who asks: the name that robots.txt is read for, and the start of the User-Agent."""
ROBOTS_BYTES = 500_000
NO_RULES: tuple[Reason, ...] = ("forbidden", "not_found", "bad_request", "empty", "too_large", "redirected_away")
"""What an answer to robots.txt can be that means: no rules."""


@dataclass(frozen=True)
class Limits:
    """How long and how often the client tries; tests make them tiny. Times in seconds."""

    connect_s: float = 15.0
    read_s: float = 30.0
    """Longest pause between two pieces of an answer."""
    total_s: float = 300.0
    """Longest time for one whole body."""
    attempts: int = 4
    first_wait_s: float = 1.0
    """Mean wait before the second attempt; it doubles, with jitter."""
    longest_wait_s: float = 60.0
    """A publisher that asks for a longer wait is left alone until the next run."""
    redirects: int = 5
    crawl_delay_s: float = 30.0
    """A longer Crawl-delay of robots.txt counts as this."""
    keep_interval: bool = True
    """False: hosts are asked without pauses, as a test's own server may be."""


@dataclass(frozen=True)
class Answer:
    """A publisher's answer of status 200, or 304 with an empty payload."""

    url: str
    is_unchanged: bool
    payload: bytes
    headers: httpx.Headers
    attempts: int


@dataclass
class Client:
    """Asks publishers, one request at a time. Close it, or use it as a context.

    Args:
        limits: Times and numbers of attempts.
        ca_file: PEM file with certificates trusted beside the usual ones.
        contact: Address at which publishers reach whoever runs this, sent in the User-Agent.
        transport: What carries requests in place of the network; tests route every host to their own server.
        sleep: Waits some seconds.
    """

    limits: Limits = field(default_factory=Limits)
    ca_file: str = ""
    contact: str = ""
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    _asked: dict[str, float] = field(default_factory=dict)
    _robots: Robots = field(default_factory=Robots)

    def __post_init__(self) -> None:
        """Open the pool of connections; the environment's proxies apply unless a transport is given."""
        limits = self.limits
        self._http = httpx.Client(
            headers={
                "User-Agent": f"{NAME} (+{self.contact})" if self.contact else NAME,
                "Accept-Encoding": "gzip",
                "Accept": "*/*",
            },
            timeout=httpx.Timeout(limits.read_s, connect=limits.connect_s),
            verify=trusted(self.ca_file),
            transport=self.transport,
            follow_redirects=False,
        )

    def __enter__(self) -> "Client":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def get(
        self, url: str, live: Live, *, max_bytes: int, etag: str | None = None, last_modified: str | None = None
    ) -> Answer:
        """Return the answer to one address; with a validator given, perhaps that nothing changed.

        Raises:
            FetchFault: The answer cannot be used; after the attempts that its reason allows.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        given = {name: text for name, text in headers.items() if text}
        return self._with_retries(lambda: self._followed(url, live, max_bytes, given))

    def _with_retries(self, ask: Callable[[], Answer]) -> Answer:
        limits, tried = self.limits, 0
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(limits.attempts),
            wait=lambda state: _wait_s(state, limits),
            retry=tenacity.retry_if_exception(lambda error: _may_pass(error, limits)),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    tried = attempt.retry_state.attempt_number
                    found = ask()
        except FetchFault as fault:
            raise FetchFault(fault.reason, fault.detail, attempts=tried) from fault
        return Answer(found.url, found.is_unchanged, found.payload, found.headers, tried)

    def _followed(self, url: str, live: Live, max_bytes: int, headers: dict[str, str]) -> Answer:
        for _ in range(self.limits.redirects + 1):
            checked = allowed(url, live)
            if not self._robots.allows(checked, NAME, lambda at: self._robots_txt(at, live)):
                raise FetchFault("robots", f"robots.txt of {checked.host} does not allow {checked.path}")
            answer = self._once(checked, live, max_bytes, headers)
            if isinstance(answer, Answer):
                return answer
            url = answer
        raise FetchFault("redirected_away", f"more than {self.limits.redirects} redirects")

    def _robots_txt(self, url: httpx.URL, live: Live) -> bytes | None:
        """Return a host's rules; None where it has none (RFC 9309: any status from 400 to 499, or a redirect away)."""
        try:
            for _ in range(self.limits.redirects):
                answer = self._once(url, live, ROBOTS_BYTES, {})
                if isinstance(answer, Answer):
                    return answer.payload
                url = allowed(answer, live)
        except FetchFault as fault:
            if fault.reason not in NO_RULES:
                raise
        return None

    def _once(self, url: httpx.URL, live: Live, max_bytes: int, headers: dict[str, str]) -> Answer | str:
        """Return the answer, or the address it redirects to."""
        self._pace(url.host, live)
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code in (301, 302, 303, 307, 308):
                    return str(url.join(response.headers.get("Location", "")))
                if response.status_code == 304 and headers:
                    return Answer(str(url), True, b"", response.headers, 1)
                refuse_status(response)
                payload = self._body(response, max_bytes)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchFault("redirected_away", f"no address to go to: {error}") from error
        except httpx.HTTPError as error:
            raise _fault_of(error) from error
        finally:
            self._asked[url.host] = time.monotonic()
        return Answer(str(url), False, payload, response.headers, 1)

    def _pace(self, host: str, live: Live) -> None:
        if not self.limits.keep_interval:
            return
        interval = max(live.min_interval_s, min(self._robots.delay_s(host, NAME), self.limits.crawl_delay_s))
        wait = self._asked.get(host, -interval) + interval - time.monotonic()
        if wait > 0:
            self.sleep(wait)

    def _body(self, response: httpx.Response, max_bytes: int) -> bytes:
        promised = response.headers.get("Content-Length", "")
        if promised.isdecimal() and int(promised) > max_bytes:
            raise FetchFault("too_large", f"{promised} bytes promised, {max_bytes} allowed")
        try:
            pieces = decoded(self._timed(response), response.headers.get("Content-Encoding", ""), max_bytes)
            payload = b"".join(pieces)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise FetchFault("truncated", f"the connection ended within the body: {error}") from error
        if not payload.strip():
            raise FetchFault("empty", "the answer has no content")
        return payload

    def _timed(self, response: httpx.Response) -> Iterator[bytes]:
        until = time.monotonic() + self.limits.total_s
        for piece in response.iter_raw():
            if time.monotonic() > until:
                raise FetchFault("endless", f"still coming after {self.limits.total_s:g} s")
            yield piece


def allowed(url: str, live: Live) -> httpx.URL:
    """Return an address if it is one of the publisher's: its hosts, https unless the catalogue says http, usual ports.

    Raises:
        FetchFault: It is not.
    """
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchFault("redirected_away", f"{url[:200]!r} is no address") from error
    host = read.host.rstrip(".")
    schemes = ("https", "http") if live.plain_http else ("https",)
    if host not in live.hosts or read.scheme not in schemes or read.port is not None or read.userinfo:
        raise FetchFault("redirected_away", f"{url[:200]} is not of this publisher")
    return read.copy_with(host=host)


def _may_pass(error: BaseException, limits: Limits) -> bool:
    if not isinstance(error, FetchFault) or error.reason not in PASSING:
        return False
    return error.wait_s is None or error.wait_s <= limits.longest_wait_s


def _wait_s(state: tenacity.RetryCallState, limits: Limits) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, FetchFault) and error.wait_s else 0.0
    doubled = limits.first_wait_s * 2.0 ** (state.attempt_number - 1)
    return min(limits.longest_wait_s, max(asked, doubled * random.uniform(0.5, 1.5)))


def _fault_of(error: httpx.HTTPError) -> FetchFault:
    if isinstance(error, httpx.TimeoutException):
        return FetchFault("timeout", type(error).__name__)
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, ssl.SSLError):
            return FetchFault("certificate", str(chain))
        chain = chain.__cause__ or chain.__context__
    return FetchFault("refused", f"{type(error).__name__}: {error}")


@lru_cache(maxsize=2)
def trusted(ca_file: str) -> ssl.SSLContext:
    """Return what certificates are proved by: the usual authorities, and those of a file if one is named.

    Raises:
        CatalogError: The file cannot be read, or holds none.
    """
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise CatalogError(f"DYADWATCH_CA_FILE: {ca_file} holds no certificates: {error}") from error
    return context
