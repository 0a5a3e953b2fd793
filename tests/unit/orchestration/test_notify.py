"""Nothing leaves before a person says so, nothing leaves twice, and what fails waits with its reason."""

import json
import logging
import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_string
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import trustme

from orchestration.channels import Channel, Mail, Sent, Webhook, channels
from orchestration.cli import main
from orchestration.definitions import build_definitions
from orchestration.jobs import notify_job
from orchestration.notify import FIRST_DAYS, approve, approve_waiting, dismiss, notify, queue
from orchestration.outbox import Entry, Outbox
from warehouse.errors import CatalogError, DyadwatchError, NoBuildError, UnknownKeyError, WarehouseBusyError
from warehouse.settings import Settings, is_loopback

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
END = date(2026, 10, 9)
RECENT, OLD = END - timedelta(days=FIRST_DAYS), END - timedelta(days=FIRST_DAYS + 1)
SECRET = "s3cr3t-path"
LETTER = {"title": "t", "text": "x", "link": "l", "alert_id": "i", "subject": "s"}


@dataclass
class Hook:
    """A webhook's server: answers the statuses in turn, the last one for good."""

    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[dict[str, object]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""
    server: HTTPServer = field(init=False)


@pytest.fixture
def hook() -> Iterator[Hook]:
    state = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.paths.append(self.path)
            state.keys.append(self.headers["Idempotency-Key"])
            state.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status = state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0]
            if not status:  # takes the alert and hangs up
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{state.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a handshake that fails is part of a test
    state.server = server
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@dataclass
class Post:
    """A mail server that speaks as much SMTP as smtplib needs; `refuse` and `cut` name the command that goes wrong."""

    refuse: str = ""
    cut: str = ""
    features: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    """With it the server speaks TLS from the start."""
    mails: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0


class Teller(socketserver.StreamRequestHandler):
    """One session of the mail server."""

    post: Post

    def setup(self) -> None:
        if self.post.tls:
            self.request = self.post.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the server closes only the socket that TLS was wrapped around

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.post.commands.append(line)
            if self.post.cut and line.startswith(self.post.cut):
                return
            if self.post.refuse and line.startswith(self.post.refuse):
                self.say("550 no user s3cr3t-name here")
            else:
                self.answer(line.split()[0].upper())

    def answer(self, verb: str) -> None:
        if verb == "EHLO":
            self.say("250-test", *(f"250-{name}" for name in self.post.features), "250 HELP")
        elif verb == "DATA":
            self.say("354 go on")
            self.post.mails.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
            self.say("250 taken")
        else:
            self.say({"AUTH": "235 welcome", "QUIT": "221 bye"}.get(verb, "250 fine"))


class Mails(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a handshake that fails; it is part of a test."""


@pytest.fixture
def post() -> Iterator[Post]:
    state = Post()
    with Mails(("127.0.0.1", 0), type("Own", (Teller,), {"post": state})) as server:
        state.port = server.server_address[1]
        threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True).start()
        yield state
        server.shutdown()


Row = tuple[str, str, date, str, str]
"""Pair, kind, day on which it was raised, items, detail."""
LATE: Row = ("A_B", "data_incident", RECENT, "source_1", "nothing after; due by")
RISE: Row = ("A_B", "rise", END, "act_1 act_2", "9.1 points")


def publish(home: Path, rows: list[Row], pairs: tuple[str, ...] = ("A_B",)) -> Settings:
    """Return the settings of a home whose build holds these alerts; as little of a build as the outbox asks for."""
    home.mkdir(exist_ok=True)
    settings = Settings(home=home)
    path = home / f"build-{len(list(home.glob('build-*')))}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE meta_builds AS SELECT ? AS build_id, ?::DATE AS ledger_end", [path.stem, END])
        connection.execute(
            "CREATE TABLE ref_pairs (pair_id TEXT, first TEXT, second TEXT, title_en TEXT, title_es TEXT)"
        )
        connection.execute("ALTER TABLE ref_pairs ADD ledger_start DATE; ALTER TABLE ref_pairs ADD ledger_end DATE")
        connection.execute(
            "CREATE TABLE out_pair__alerts (alert_id TEXT, pair_id TEXT, kind TEXT, raised_on DATE, month DATE,"
            " item_ids TEXT, detail TEXT, url TEXT)"
        )
        for pair in pairs:
            connection.execute("INSERT INTO ref_pairs VALUES ($1, 'A', 'B', $1, $1, $2, $2)", [pair, END])
        for pair, kind, day, items, detail in rows:
            month = day.replace(day=1)
            alert_id = f"{pair}:{kind}:{month:%Y-%m}:{items.split(' ')[0]}"
            url = f"?pair={pair}&month={month:%Y-%m}"
            values = [alert_id, pair, kind, day, month, items, detail, url]
            connection.execute(f"INSERT INTO out_pair__alerts VALUES ({', '.join('?' * 8)})", values)
    settings.link.unlink(missing_ok=True)
    settings.link.symlink_to(path)
    return settings


def states(settings: Settings) -> dict[str, str]:
    return {entry.alert_id: entry.state for entry in Outbox(settings.home / "outbox").entries().values()}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return publish(tmp_path / "home", [LATE, RISE])


def by(hook: Hook) -> list[Channel]:
    return [Webhook(f"{hook.url}/{SECRET}", wait=lambda _: 0)]


def test_a_first_run_queues_what_is_recent_and_keeps_the_rest_as_history(tmp_path: Path) -> None:
    settings = publish(tmp_path / "home", [LATE, ("A_B", "revision", OLD, "", "read 1 at the time, 9 now")])
    assert [entry.kind for entry in queue(settings, NOW)] == ["data_incident"]
    assert sorted(states(settings).values()) == ["history", "waiting"]


def test_a_later_run_queues_whatever_is_new_and_a_new_pair_begins_with_its_recent_ones(tmp_path: Path) -> None:
    settings = publish(tmp_path / "home", [LATE])
    queue(settings, NOW)
    revised, other = ("A_B", "revision", date(2009, 3, 31), "", "told now"), ("C_D", "rise", OLD, "x", "")
    publish(settings.home, [LATE, revised, other, ("C_D", "fall", END, "y", "")], ("A_B", "C_D"))
    assert [(entry.pair_id, entry.kind) for entry in queue(settings, NOW)] == [
        ("A_B", "revision"),
        ("A_B", "data_incident"),
        ("C_D", "fall"),
    ]


def test_an_entry_carries_its_figures_items_and_link(home: Settings) -> None:
    _, rise = queue(replace(home, public_url="https://example.org/"), NOW)
    assert rise.link == "https://example.org/?pair=A_B&month=2026-10"
    assert (rise.kind, rise.pair_id, rise.month, rise.detail) == ("rise", "A_B", "2026-10", "9.1 points")
    assert rise.item_ids == ("act_1", "act_2")
    assert len(list((home.home / "outbox").glob("alert-*.json"))) == 2
    assert queue(home, NOW)[1].link == "?pair=A_B&month=2026-10"


def test_nothing_is_queued_without_a_build(tmp_path: Path) -> None:
    with pytest.raises(NoBuildError):
        queue(Settings(home=tmp_path), NOW)
    assert not (tmp_path / "outbox").exists()


def test_nothing_leaves_without_approval(home: Settings, hook: Hook) -> None:
    settings = replace(home, webhook_url=hook.url)
    told: list[str] = []
    queue(settings, NOW)
    notify(settings, NOW, tell=told.append)
    dismiss(settings, [])
    assert hook.got == []
    assert told == ["2 alerts wait: `dyadwatch alerts` lists them"]


def test_automatic_mode_sends_without_asking(home: Settings, hook: Hook) -> None:
    settings = replace(home, webhook_url=hook.url, alerts_automatic=True)
    assert len(notify(settings, NOW, tell=len).delivered) == 2
    assert notify(settings, NOW, tell=len).delivered == ()
    assert len(hook.got) == 2


def test_what_is_delivered_is_never_sent_again(home: Settings, hook: Hook) -> None:
    first, *_ = queue(home, NOW)
    assert len(approve(home, NOW, [first.alert_id], by=by(hook)).delivered) == 1
    with pytest.raises(UnknownKeyError, match="Unknown waiting alert"):
        approve(home, NOW, [first.alert_id], by=by(hook))
    queue(home, NOW)
    approve(home, NOW, by=by(hook))
    approve(home, NOW, by=by(hook))
    assert [got["alert_id"] for got in hook.got] == ["A_B:data_incident:2026-07:source_1", "A_B:rise:2026-10:act_1"]
    assert hook.paths == [f"/{SECRET}"] * 2
    assert hook.keys[1] == "A_B:rise:2026-10"
    assert hook.got[1]["text"] == "A_B, 2026-10: rise: 9.1 points\nItems: act_1, act_2\nRaised on 2026-10-09."
    assert "attempts" not in hook.got[0]


def test_a_move_is_the_same_with_another_weightiest_item(home: Settings, hook: Hook) -> None:
    queue(home, NOW)
    approve(home, NOW, by=by(hook))
    publish(home.home, [LATE, ("A_B", "rise", END, "act_2 act_1", "9.2 points")])
    assert queue(home, NOW) == []


def test_a_waiting_alert_takes_new_figures_and_goes_when_the_build_drops_it(home: Settings) -> None:
    queue(home, NOW)
    publish(home.home, [("A_B", "rise", END, "act_2 act_1", "9.2 points")])
    assert [entry.detail for entry in queue(home, NOW)] == ["9.2 points"]
    assert "withdrawn" in states(home).values()
    publish(home.home, [LATE])
    assert [entry.kind for entry in queue(home, NOW)] == ["data_incident"]


def test_approving_all_leaves_out_what_nobody_has_seen(home: Settings, hook: Hook) -> None:
    settings = replace(home, webhook_url=hook.url)
    assert approve_waiting(settings, NOW).delivered == ()
    publish(home.home, [RISE, ("A_B", "revision", END, "", "new")])
    assert [entry.kind for entry in approve_waiting(settings, NOW).delivered] == ["rise"]
    assert [got["kind"] for got in hook.got] == ["rise"]


def test_a_dismissed_alert_does_not_come_back(home: Settings, hook: Hook) -> None:
    first, second = queue(home, NOW)
    dismiss(home, [first.alert_id])
    assert queue(home, NOW) == [second]
    with pytest.raises(UnknownKeyError):
        approve(home, NOW, [first.alert_id], by=by(hook))


@pytest.mark.parametrize(
    ("statuses", "asked", "outcome"),
    [
        ([500, 503, 200], 3, "delivered"),
        ([500], 3, "failed"),
        ([400], 1, "failed"),
        ([302], 1, "failed"),
        ([307], 1, "failed"),
        ([0], 1, "unsure"),
    ],
)
def test_a_webhook_is_asked_again_only_where_it_may_help(
    home: Settings, hook: Hook, statuses: list[int], asked: int, outcome: str
) -> None:
    hook.statuses = statuses
    first, *_ = queue(home, NOW)
    done = approve(home, NOW, [first.alert_id], by=by(hook))
    assert hook.paths == [f"/{SECRET}"] * asked, "no redirect is followed"
    [entry] = done.delivered + done.failed
    assert [one.outcome for one in entry.attempts] == [outcome]
    assert (entry.state == "delivered") is (outcome == "delivered")


def test_a_failure_keeps_waiting_and_says_why(home: Settings, hook: Hook) -> None:
    hook.statuses = [404]
    queue(home, NOW)
    assert len(approve(home, NOW, by=by(hook)).failed) == 2
    waiting = queue(home, NOW)
    assert [entry.why for entry in waiting] == ["webhook failed: 127.0.0.1 answered 404"] * 2
    hook.statuses = [200]
    assert len(approve(home, NOW, by=by(hook)).delivered) == 2


def test_an_unsure_outcome_is_repeated_only_on_demand(home: Settings, hook: Hook) -> None:
    hook.statuses = [0]
    first, *_ = queue(home, NOW)
    approve(home, NOW, [first.alert_id], by=by(hook))
    hook.statuses = [200]
    assert approve(home, NOW, [first.alert_id], by=by(hook)).delivered == ()
    assert len(approve(home, NOW, [first.alert_id], by=by(hook), again=True).delivered) == 1


def test_a_crash_while_sending_leaves_the_doubt_on_record(home: Settings, hook: Hook) -> None:
    class Killed(Webhook):
        def send(self, _: object) -> Sent:
            raise KeyboardInterrupt

    queue(home, NOW)
    with pytest.raises(KeyboardInterrupt):
        approve(home, NOW, by=[Killed(hook.url)])
    done = approve(home, NOW, by=by(hook))
    assert (len(done.delivered), len(done.failed), len(hook.got)) == (1, 1, 1)
    assert "may have the alert" in done.failed[0].why


def test_only_the_channel_that_failed_is_asked_again(home: Settings, hook: Hook, post: Post) -> None:
    mail = Mail(f"smtp://127.0.0.1:{post.port}", "from@example.org", ("to@example.org",))
    post.refuse = "mail FROM"
    first, *_ = queue(home, NOW)
    approve(home, NOW, [first.alert_id], by=[*by(hook), mail])
    assert states(home)[first.alert_id] == "waiting"
    post.refuse = ""
    assert len(approve(home, NOW, [first.alert_id], by=[*by(hook), mail]).delivered) == 1
    assert (len(hook.got), len(post.mails)) == (1, 1)


def test_an_unreachable_webhook_is_tried_three_times(home: Settings) -> None:
    waits: list[int] = []

    def wait(state: object) -> float:
        waits.append(1)
        return 0

    first, *_ = queue(home, NOW)
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port = server.server_address[1]
    done = approve(home, NOW, [first.alert_id], by=[Webhook(f"http://127.0.0.1:{port}/{SECRET}", wait=wait)])
    assert done.failed[0].why == "webhook failed: 127.0.0.1 is not reached (ConnectError)"
    assert len(waits) == 3


def test_what_stays_on_the_machine_goes_through_no_proxy(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Webhook(hook.url, wait=lambda _: 0).send(LETTER).outcome == "delivered"


def test_a_webhook_over_tls_is_asked_if_it_is_proved_only(hook: Hook, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    hook.server.socket = context.wrap_socket(hook.server.socket, server_side=True)
    url = f"{hook.url.replace('http', 'https', 1)}/{SECRET}"
    assert Webhook(url, wait=lambda _: 0).send(LETTER).detail == "127.0.0.1 is not reached (ConnectError)"
    assert Webhook(url, str(tmp_path / "ca.pem")).send(LETTER).outcome == "delivered"


@pytest.mark.parametrize(
    "url", [f"http://example.org/{SECRET}", f"ftp://127.0.0.1/{SECRET}", f"http://127.0.0.1.example.org/{SECRET}"]
)
def test_a_webhook_in_the_clear_is_refused_without_telling_its_path(url: str) -> None:
    with pytest.raises(CatalogError, match="not asked over https") as refused:
        channels(Settings(webhook_url=url))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("url", [f"https://[{SECRET}", f"https://h:99999999/{SECRET}", SECRET])
def test_an_address_that_is_none_is_not_told(url: str) -> None:
    for settings in (Settings(webhook_url=url), Settings(smtp_url=url)):
        with pytest.raises(CatalogError) as refused:
            channels(settings)
        assert SECRET not in str(refused.value)
        assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("host", "is_own"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False), ("a.b", False)]
)
def test_this_machine_is_known_by_name(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own


def test_no_log_record_or_file_holds_the_webhook_secret(
    home: Settings, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hook.statuses = [200, 500]
    queue(home, NOW)
    approve(home, NOW, by=by(hook))
    kept = "".join(path.read_text() for path in (home.home / "outbox").glob("*.json"))
    assert SECRET not in caplog.text + kept
    assert "127.0.0.1 answered 200" in kept
    assert "127.0.0.1 answered 500" in kept


def test_a_mail_has_the_alert_and_only_its_own_headers(post: Post) -> None:
    mail = Mail(f"smtp://127.0.0.1:{post.port}", "from@example.org", ("one@example.org", "two@example.org"))
    letter = {
        "title": "A\nBcc: evil@example.org\r\nX: y",
        "text": "a\n.\nb",
        "link": "?p",
        "alert_id": "i",
        "subject": "s",
    }
    assert mail.send(letter).outcome == "delivered"
    [text] = post.mails
    message = message_from_string(text)
    assert message["Subject"] == "A Bcc: evil@example.org X: y"
    assert message["Bcc"] is None
    assert message["X"] is None
    assert [line for line in post.commands if line.startswith("rcpt")] == [
        "rcpt TO:<one@example.org>",
        "rcpt TO:<two@example.org>",
    ]


@pytest.mark.parametrize("address", ["a@b\nBcc: c@d", "a@b\r\nX: y", "nobody", "", "a@b, c@d", "<a@b>", "a b@c"])
def test_an_address_that_could_begin_a_header_is_refused(address: str) -> None:
    with pytest.raises(CatalogError, match="DYADWATCH_ALERTS_FROM is not a mail address"):
        Mail("smtp://localhost", address, ("to@example.org",))
    with pytest.raises(CatalogError, match="DYADWATCH_ALERTS_TO is not a mail address"):
        Mail("smtp://localhost", "from@example.org", (address,))


@pytest.mark.parametrize(
    ("prepare", "outcome"),
    [
        (lambda post: setattr(post, "refuse", "mail FROM"), "failed"),
        (lambda post: setattr(post, "refuse", "rcpt TO"), "failed"),
        (lambda post: setattr(post, "refuse", "data"), "failed"),
        (lambda post: setattr(post, "cut", "data"), "unsure"),
        (lambda post: setattr(post, "refuse", "rcpt TO:<two"), "delivered"),
    ],
)
def test_what_a_mail_server_refuses_is_told_without_its_words(
    post: Post, prepare: Callable[[Post], None], outcome: str
) -> None:
    prepare(post)
    mail = Mail(f"smtp://127.0.0.1:{post.port}", "from@example.org", ("one@example.org", "two@example.org"))
    sent = mail.send(LETTER)
    assert sent.outcome == outcome
    assert "s3cr3t" not in sent.detail
    assert ("two@example.org" in sent.detail) is (outcome == "delivered")


@pytest.mark.parametrize(
    ("user", "refuse", "outcome", "detail"),
    [
        ("a:b%40c", "", "delivered", "127.0.0.1 took it"),
        ("a:b", "AUTH", "failed", "127.0.0.1 answered 550 (SMTPAuthenticationError)"),
        ("a:p%C3%A4ss", "", "failed", "the user or password of DYADWATCH_SMTP_URL is not plain ASCII"),
    ],
)
def test_a_login_tells_no_password(post: Post, user: str, refuse: str, outcome: str, detail: str) -> None:
    post.features, post.refuse = ("AUTH PLAIN",), refuse
    sent = Mail(f"smtp://{user}@127.0.0.1:{post.port}", "from@example.org", ("to@example.org",)).send(LETTER)
    assert (sent.outcome, sent.detail) == (outcome, detail)
    logins = [b64decode(line.split()[2]) for line in post.commands if line.startswith("AUTH")]
    assert logins == ([] if "%C3" in user else [b"\0a\0" + (b"b@c" if "%40" in user else b"b")])
    assert len(post.mails) == (outcome == "delivered")


def test_mail_over_tls_goes_to_a_server_that_is_proved_only(post: Post, tmp_path: Path) -> None:
    ca, other = trustme.CA(), trustme.CA()
    post.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(post.tls)
    for authority, outcome in ((other, "failed"), (ca, "delivered")):
        path = str(tmp_path / f"{outcome}.pem")
        authority.cert_pem.write_to_path(path)
        sent = Mail(f"smtps://127.0.0.1:{post.port}", "from@example.org", ("to@example.org",), path).send(LETTER)
        assert sent.outcome == outcome, sent.detail
    assert len(post.mails) == 1


def test_mail_to_another_machine_is_never_in_the_clear(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.channels.is_loopback", lambda _: False)  # as if the server were elsewhere
    mail = Mail(f"smtp://127.0.0.1:{post.port}", "from@example.org", ("to@example.org",))
    sent = mail.send(LETTER)
    assert sent == Sent("failed", "no session with 127.0.0.1 (SMTPNotSupportedError)")
    assert not any(line.startswith("mail FROM") for line in post.commands)


def test_without_a_channel_nothing_is_marked(home: Settings) -> None:
    queue(home, NOW)
    with pytest.raises(DyadwatchError, match="no channel is set"):
        approve(home, NOW)
    assert set(states(home).values()) == {"waiting"}


def test_two_processes_do_not_send_at_once(home: Settings) -> None:
    with Outbox(home.home / "outbox").lock(), pytest.raises(WarehouseBusyError):
        queue(home, NOW)


def test_a_damaged_file_stops_all_sending(home: Settings, hook: Hook) -> None:
    queue(home, NOW)
    damaged = next((home.home / "outbox").glob("alert-*.json"))
    damaged.write_text('{"state": "waiting"}')
    with pytest.raises(DyadwatchError, match=damaged.name):
        approve(home, NOW, by=by(hook))
    assert hook.got == []


def test_entries_survive_the_disk(tmp_path: Path, home: Settings) -> None:
    [entry, *_] = queue(home, NOW)
    odd = replace(entry, subject="../x/\N{EN DASH}:", alert_id="../x")
    Outbox(tmp_path / "other").write(odd)
    assert Outbox(tmp_path / "other").entries() == {odd.subject: odd}
    assert isinstance(odd, Entry)


def test_the_command_lists_approves_and_dismisses(
    home: Settings, hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(home.home))
    assert main(["alerts", "--format", "json"]) == 0
    first, second = (row["alert_id"] for row in json.loads(capsys.readouterr().out))
    assert main(["alerts", "--approve", first]) == 1, "no channel"
    monkeypatch.setenv("DYADWATCH_WEBHOOK_URL", f"{hook.url}/{SECRET}")
    hook.statuses = [403]
    assert main(["alerts", "--approve-all", "--format", "csv"]) == 1
    told = capsys.readouterr()
    assert "answered 403" in told.out
    assert f"{first} still waits" in told.err
    assert SECRET not in told.out + told.err
    hook.statuses = [200]
    assert main(["alerts", "--approve", first]) == 0
    assert main(["alerts", "--dismiss", second]) == 0
    assert main(["alerts", "--approve", "nonsense"]) == 1
    capsys.readouterr()
    assert main(["alerts", "--format", "csv"]) == 0
    assert capsys.readouterr().out.count("\n") == 1, "the head alone"


def test_the_job_queues_and_fails_where_sending_fails(home: Settings, hook: Hook) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert notify_job(home).execute_in_process(instance=instance).success
        assert list(states(home).values()) == ["waiting"] * 2
        hook.statuses = [404]
        automatic = replace(home, webhook_url=hook.url, alerts_automatic=True)
        assert not notify_job(automatic).execute_in_process(instance=instance, raise_on_error=False).success
    assert list(states(home).values()) == ["waiting"] * 2


def test_a_build_that_succeeds_asks_for_the_job(tmp_path: Path) -> None:
    definitions = build_definitions(Settings(home=tmp_path / "home"))
    sensor = definitions.resolve_sensor_def("notify_after_build")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert [target.job_name for target in sensor.targets] == ["notify"]

    @dg.job(name="build")
    def done() -> None:
        pass

    with dg.DagsterInstance.ephemeral() as instance:
        result = done.execute_in_process(instance=instance)
        [event] = [event for event in result.all_events if event.event_type_value == "PIPELINE_SUCCESS"]
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor.name, dagster_instance=instance, dagster_run=result.dagster_run, dagster_event=event
        )
        request = sensor(context)
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == result.run_id
