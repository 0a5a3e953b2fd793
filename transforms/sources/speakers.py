"""Who speaks in a transcript: the office's own turns apart from reporters' questions and clips that are played."""

import re

SPEAKER = re.compile(r"^([A-ZÁÉÍÓÚÜÑ][A-ZÁÉÍÓÚÜÑ0-9 .,;\u2019'“”\"()/-]{0,200}?)\s*:\s*")
"""A turn opens with its speaker in capitals and a colon, at the start of a line."""
OTHERS = re.compile(
    r"^(?:PREGUNTA|INTERLOCUTOR|INTERVENCI|REPORTER|PERIODISTA|PARTICIPANT|VOZ\b|VOCES|VIDEO"
    r"|QUESTION|Q$|INTERVIEWER|MULTIPLE VOICES)"
)
"""Speakers whose words are not the office's: reporters, and voices of clips and videos."""


def own_words(text: str) -> str:
    """Return the turns of the office's own speakers, without their names; the whole text where it has no turns.

    What stands before the first turn, as a heading does, belongs to nobody and is left out.
    """
    kept: list[str] = []
    is_own, has_turns = False, False
    for line in text.splitlines():
        if opening := SPEAKER.match(line):
            has_turns = True
            is_own = OTHERS.match(opening[1]) is None
            line = line[opening.end() :]
        if is_own and line:
            kept.append(line)
    return "\n".join(kept) if has_turns else text
