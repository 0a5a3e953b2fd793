"""robots.txt of each host, read once a run."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from protego import Protego


@dataclass
class Robots:
    """Rules by host. A host without rules allows everything; one whose rules cannot be had is asked nothing."""

    _rules: dict[str, Protego] = field(default_factory=dict)

    def allows(self, url: httpx.URL, agent: str, fetch: Callable[[httpx.URL], bytes | None]) -> bool:
        """Return whether an address may be asked for.

        Args:
            url: The address.
            agent: Our name.
            fetch: Returns the payload of a host's robots.txt, or None where there is none.
        """
        if url.host not in self._rules:
            payload = fetch(url.copy_with(raw_path=b"/robots.txt")) or b""
            self._rules[url.host] = Protego.parse(payload.decode("utf-8", "replace"))
        return bool(self._rules[url.host].can_fetch(str(url), agent))

    def delay_s(self, host: str, agent: str) -> float:
        """Return the seconds between two requests that a host asks for, 0 where it asks for none."""
        rules = self._rules.get(host)
        return float((rules and rules.crawl_delay(agent)) or 0.0)
