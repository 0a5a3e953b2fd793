"""Where an alert can be sent: a webhook and e-mail. What goes wrong comes back as an outcome with words that hold no secret."""

import contextlib
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import httpx
import tenacity

from orchestration.connectors.http import NAME, trusted
from warehouse.errors import CatalogError
from warehouse.settings import Settings, is_loopback

TIMEOUT_S = 15.0
ATTEMPTS = 3
WAIT = tenacity.wait_exponential(multiplier=1, max=10)
PORTS = {"smtp": 25, "smtps": 465}
Outcome = Literal["delivered", "failed", "unsure"]
"""`unsure`: it left, and no answer came; who sends again may send twice."""


@dataclass(frozen=True)
class Sent:
    """What became of one attempt to send an alert."""

    outcome: Outcome
    detail: str = ""


class Channel(Protocol):
    """One way to send."""

    @property
    def name(self) -> str:
        """What it is called in the outbox."""

    @property
    def to(self) -> str:
        """Whom it reaches, without secrets."""

    def send(self, alert: Mapping[str, object]) -> Sent:
        """Send one alert, whose texts are alert_id, title, text and link beside its columns."""


@dataclass(frozen=True)
class Webhook:
    """Posts an alert as JSON. Redirects are not followed: they would carry it to a host that nobody named."""

    url: str
    ca_file: str = ""
    wait: Callable[[tenacity.RetryCallState], float] = WAIT
    name: str = "webhook"

    def __post_init__(self) -> None:
        """Refuse what would send in the clear.

        Raises:
            CatalogError: The address is not https, nor http of a loopback address.
        """
        parts = _split(self.url, "DYADWATCH_WEBHOOK_URL")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise CatalogError(
                f"DYADWATCH_WEBHOOK_URL: {self.to} is not asked over https.\n"
                "Hint: give an https address; http is for loopback addresses only."
            )

    @property
    def to(self) -> str:
        """The host."""
        return urlsplit(self.url).hostname or ""

    def send(self, alert: Mapping[str, object]) -> Sent:
        """Post one alert; its subject as Idempotency-Key lets the other side know one that comes again."""
        own = is_loopback(self.to)
        headers = {"User-Agent": NAME, "Idempotency-Key": str(alert["subject"]).encode("ascii", "replace").decode()}
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=self.wait,
            retry=tenacity.retry_if_exception_type((httpx.ConnectError, httpx.ConnectTimeout))
            | tenacity.retry_if_result(lambda answer: answer.is_server_error),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        try:
            # A proxy of the environment is asked for what leaves the machine only.
            with (
                _unlogged(),
                httpx.Client(
                    timeout=TIMEOUT_S,
                    follow_redirects=False,
                    verify=trusted(self.ca_file),
                    trust_env=not own,
                    headers=headers,
                ) as client,
            ):
                answer: httpx.Response = retrying(client.post, self.url, json=dict(alert))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return Sent("failed", f"{self.to} is not reached ({type(error).__name__})")
        except httpx.InvalidURL:
            return Sent("failed", f"{self.to} is part of an address that cannot be asked")
        except httpx.HTTPError as error:
            return Sent("unsure", f"{self.to} gave no answer ({type(error).__name__}); it may have the alert")
        if answer.is_success:
            return Sent("delivered", f"{self.to} answered {answer.status_code}")
        told = ", a redirect, which is not followed" if answer.is_redirect else ""
        return Sent("failed", f"{self.to} answered {answer.status_code}{told}")


@dataclass(frozen=True)
class Mail:
    """Sends an alert as a plain text message."""

    url: str
    sender: str
    recipients: tuple[str, ...]
    ca_file: str = ""
    name: str = "mail"

    def __post_init__(self) -> None:
        """Refuse an address that is none.

        Raises:
            CatalogError: The server's address, the sender or a recipient cannot be used.
        """
        if _split(self.url, "DYADWATCH_SMTP_URL").scheme not in PORTS:
            raise CatalogError("DYADWATCH_SMTP_URL begins with neither smtp:// nor smtps://.")
        for name, addresses in (("FROM", (self.sender,)), ("TO", self.recipients)):
            if not addresses or not all(_is_address(text) for text in addresses):
                raise CatalogError(
                    f"DYADWATCH_ALERTS_{name} is not a mail address: {', '.join(addresses)!r}.\n"
                    "Hint: it goes with DYADWATCH_SMTP_URL; write name@example.org, several apart by commas."
                )

    @property
    def to(self) -> str:
        """The recipients."""
        return ", ".join(self.recipients)

    def message(self, alert: Mapping[str, object]) -> EmailMessage:
        """Return the message; EmailMessage refuses a line break in a header, which would begin another."""
        message = EmailMessage()
        message["From"], message["To"] = self.sender, self.to
        message["Subject"] = " ".join(str(alert["title"]).split())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{alert['text']}\n\n{alert['link']}\n\n{alert['alert_id']}\n")
        return message

    def send(self, alert: Mapping[str, object]) -> Sent:
        """Send one alert to every recipient; one whom the server refuses is named, the others have it."""
        host, handed_over = urlsplit(self.url).hostname or "", False
        message = self.message(alert)
        try:
            with self._session() as server:
                handed_over = True
                refused = server.send_message(message, self.sender, self.recipients)
        except smtplib.SMTPRecipientsRefused:
            return Sent("failed", f"{host} refused every recipient")
        except smtplib.SMTPResponseException as error:  # its text may hold the user's name
            return Sent("failed", f"{host} answered {error.smtp_code} ({type(error).__name__})")
        except UnicodeError:  # its text holds the password
            return Sent("failed", "the user or password of DYADWATCH_SMTP_URL is not plain ASCII")
        except (OSError, smtplib.SMTPException) as error:
            if handed_over:
                return Sent("unsure", f"{host} broke off ({type(error).__name__}); it may have the alert")
            return Sent("failed", f"no session with {host} ({type(error).__name__})")
        return Sent("delivered", f"{host} refused {', '.join(sorted(refused))}" if refused else f"{host} took it")

    @contextlib.contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Open a session, encrypted unless it stays on the machine; quitting is a courtesy that may fail."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        tls: ssl.SSLContext = trusted(self.ca_file)
        server = (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=tls)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        )
        try:
            if parts.scheme == "smtp" and not is_loopback(host):
                server.starttls(context=tls)  # raises where the server does not offer it
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()


def channels(settings: Settings) -> list[Channel]:
    """Return the channels that are set.

    Raises:
        CatalogError: A channel's setting cannot be used.
    """
    found: list[Channel] = []
    if settings.webhook_url:
        found.append(Webhook(settings.webhook_url, settings.ca_file))
    if settings.smtp_url:
        recipients = tuple(text.strip() for text in settings.alerts_to.split(",") if text.strip())
        found.append(Mail(settings.smtp_url, settings.alerts_from.strip(), recipients, settings.ca_file))
    return found


def _split(url: str, name: str) -> SplitResult:
    """Return an address in parts; what is wrong with it is told without it."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise CatalogError(f"{name} is not an address.\nHint: docs/settings.md shows the form.")
    return parts


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isprintable() and not set(text) & set(" ,;<>\"'")


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Keep httpx from logging addresses, whose path is the webhook's secret."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_nothing)
    try:
        yield
    finally:
        logger.removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False
