"""Alerts of the published build go into the outbox, and from there out, once a person has approved them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from orchestration.channels import Channel, channels
from orchestration.outbox import Attempt, Entry, Outbox, named
from transforms.alert_record import alert_record
from warehouse.briefs import latest_alerts, subject_of
from warehouse.catalog.registry import load_validation
from warehouse.errors import DyadwatchError
from warehouse.pages import pairs
from warehouse.query import Warehouse
from warehouse.settings import Settings

FIRST_DAYS = 90
"""Of a pair looked through for the first time, alerts raised longer before the ledger's end are history and not queued."""
WAITING = pl.Schema(
    {
        name: pl.String
        for name in ("alert_id", "raised_on", "kind", "pair_id", "month", "detail", "item_ids", "link", "last_attempt")
    }
)


@dataclass(frozen=True)
class Delivery:
    """What became of the alerts that were to be sent, as entries."""

    delivered: tuple[Entry, ...]
    failed: tuple[Entry, ...]


def outbox_of(settings: Settings) -> Outbox:
    """Return the outbox of a home."""
    return Outbox(settings.home / "outbox")


def queue(settings: Settings, now: datetime) -> list[Entry]:
    """Put the build's alerts that were never delivered into the outbox; return those that wait, oldest first.

    An alert that waits takes the current build's figures; one that the build no longer raises is withdrawn.

    Raises:
        NoBuildError: Nothing is published.
        WarehouseBusyError: Another process is at the outbox.
    """
    outbox = outbox_of(settings)
    warehouse = Warehouse(settings.link)
    about = warehouse.build()  # before the lock, which makes a folder
    with outbox.lock():
        return _queued(outbox, warehouse, about, settings.public_url, now)


def approve(
    settings: Settings,
    now: datetime,
    ids: Sequence[str] | None = None,
    *,
    again: bool = False,
    by: Sequence[Channel] | None = None,
) -> Delivery:
    """Send alerts that wait over every channel that has not had them, and record each attempt.

    Args:
        settings: Home and channels.
        now: Time of the attempts, UTC.
        ids: The alerts; all that wait when omitted.
        again: Repeat an attempt whose outcome is unsure, though the alert may have arrived.
        by: The channels; those of the settings when omitted.

    Raises:
        CatalogError: A channel's setting cannot be used.
        DyadwatchError: No channel is set, so nothing was sent.
        UnknownKeyError: An id does not wait.
        WarehouseBusyError: Another process is at the outbox.
    """
    ways = channels(settings) if by is None else by
    if not ways:
        raise DyadwatchError(
            "Nothing is sent: no channel is set.\nHint: set DYADWATCH_WEBHOOK_URL or DYADWATCH_SMTP_URL (docs/alerts.md)."
        )
    outbox = outbox_of(settings)
    with outbox.lock():
        waiting = _waiting(outbox)
        chosen = list(waiting.values()) if ids is None else named(waiting, ids)
        done = [_sent(outbox, entry, ways, now, again=again) for entry in chosen]
    return Delivery(
        tuple(entry for entry in done if entry.state == "delivered"),
        tuple(entry for entry in done if entry.state != "delivered"),
    )


def approve_waiting(settings: Settings, now: datetime) -> Delivery:
    """Send what was in the outbox already, if the current build still raises it: nobody has approved what is new in it.

    Raises:
        DyadwatchError: As `queue` and `approve`.
    """
    before = {entry.alert_id for entry in _waiting(outbox_of(settings)).values()}
    still = [entry.alert_id for entry in queue(settings, now)]
    return approve(settings, now, [alert_id for alert_id in still if alert_id in before])


def dismiss(settings: Settings, ids: Iterable[str]) -> list[Entry]:
    """Put alerts that wait aside for good, unsent; return them.

    Raises:
        UnknownKeyError: An id does not wait.
        WarehouseBusyError: Another process is at the outbox.
    """
    outbox = outbox_of(settings)
    with outbox.lock():
        chosen = [replace(entry, state="dismissed") for entry in named(_waiting(outbox), ids)]
        for entry in chosen:
            outbox.write(entry)
    return chosen


def notify(settings: Settings, now: datetime, *, tell: Callable[[str], object]) -> Delivery:
    """Queue the build's alerts and, where the settings say so, send them without asking anybody.

    Raises:
        DyadwatchError: As `queue` and `approve`.
    """
    waiting = queue(settings, now)
    if not waiting or not settings.alerts_automatic:
        tell(f"{len(waiting)} alerts wait" + (": `dyadwatch alerts` lists them" if waiting else ""))
        return Delivery((), ())
    done = approve(settings, now)
    tell(f"{len(done.delivered)} alerts delivered, {len(done.failed)} still wait")
    return done


def listed(entries: Iterable[Entry]) -> pl.DataFrame:
    """Return entries as a table, with what their last attempts came to."""
    rows = [{**vars(one), "item_ids": " ".join(one.item_ids), "last_attempt": one.why} for one in entries]
    return pl.DataFrame([{name: row[name] for name in WAITING} for row in rows], schema=WAITING)


def record(settings: Settings) -> pl.DataFrame:
    """Return the record of the published build's alerts; columns as `transforms.alert_record.alert_record`.

    Raises:
        NoBuildError: Nothing is published.
    """
    warehouse = Warehouse(settings.link)
    months = warehouse.frame("SELECT DISTINCT pair_id, month FROM out_pair__monthly_tension WHERE view = 'latest'")
    return alert_record(latest_alerts(warehouse), months, load_validation())


def _queued(outbox: Outbox, warehouse: Warehouse, about: dict[str, Any], public_url: str, now: datetime) -> list[Entry]:
    titles = {row["pair_id"]: row["title"] for row in pairs(warehouse, "en").to_dicts()}
    rows = {subject_of(row): row for row in latest_alerts(warehouse).to_dicts()}
    held, followed = outbox.entries(), outbox.pairs()
    first_day = about["ledger_end"] - timedelta(days=FIRST_DAYS)
    for subject, row in rows.items():
        former = held.get(subject)
        if former is None:
            is_old = row["pair_id"] not in followed and row["raised_on"] < first_day
            entry = _entry(subject, row, titles[row["pair_id"]], about["build_id"], public_url, now)
            outbox.write(replace(entry, state="history") if is_old else entry)
        elif former.state in ("waiting", "withdrawn"):
            fresh = _entry(subject, row, titles[row["pair_id"]], about["build_id"], public_url, now)
            fresh = replace(fresh, queued_at=former.queued_at, attempts=former.attempts)
            if fresh != former:
                outbox.write(fresh)
    for subject in held.keys() - rows.keys():
        if held[subject].state == "waiting":
            outbox.write(replace(held[subject], state="withdrawn"))
    if not followed >= titles.keys():  # last: a run that was killed before begins anew
        outbox.follow(followed | titles.keys())
    return list(_waiting(outbox).values())


def _entry(subject: str, row: dict[str, Any], pair: str, build_id: str, public_url: str, now: datetime) -> Entry:
    return Entry(
        subject=subject,
        alert_id=row["alert_id"],
        pair_id=row["pair_id"],
        kind=row["kind"],
        month=f"{row['month']:%Y-%m}",
        raised_on=row["raised_on"].isoformat(),
        detail=row["detail"],
        item_ids=tuple(row["item_ids"].split()),
        title=f"{pair}, {row['month']:%Y-%m}: {row['kind'].replace('_', ' ')}",
        link=f"{public_url}{row['url']}",
        build_id=build_id,
        queued_at=_time(now),
        state="waiting",
    )


def _waiting(outbox: Outbox) -> dict[str, Entry]:
    return {subject: entry for subject, entry in outbox.entries().items() if entry.state == "waiting"}


def _sent(outbox: Outbox, entry: Entry, ways: Sequence[Channel], now: datetime, *, again: bool) -> Entry:
    """Send an entry over the channels that lack it; it is delivered once every one of them has it."""
    for way in ways:
        last = entry.last.get(way.name)
        if last and (last.outcome == "delivered" or (last.outcome == "unsure" and not again)):
            continue
        begun = Attempt(way.name, _time(now), "unsure", f"to {way.to}, broken off; it may have the alert")
        outbox.write(entry.with_attempt(begun))
        sent = way.send(entry.letter())
        ended = replace(begun, outcome=sent.outcome, detail=sent.detail)
        entry = entry.with_attempt(begun).with_attempt(ended, instead=True)
        outbox.write(entry)
    if all(way.name in entry.last and entry.last[way.name].outcome == "delivered" for way in ways):
        entry = replace(entry, state="delivered")
        outbox.write(entry)
    return entry


def _time(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")
