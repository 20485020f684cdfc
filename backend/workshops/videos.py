"""Recordings at the one video host that is allowed: kept as an id, asked for only after somebody has pressed play."""

import re
from urllib.parse import parse_qs, urlsplit

HOST = "https://www.youtube-nocookie.com"
"""The host's privacy-enhanced player, the only place that a frame of ours may come from."""

ID = re.compile(r"[A-Za-z0-9_-]{11}")
LONG = frozenset({
    "youtube.com", "www.youtube.com", "m.youtube.com", "youtube-nocookie.com", "www.youtube-nocookie.com",
})  # fmt: skip
SHORT = "youtu.be"


def id_in(address: str) -> str | None:
    """The id of the recording that this address shows; None for any address that is not one of that host."""
    try:
        parts = urlsplit(address.strip())
        plain = parts.scheme == "https" and parts.username is None and parts.password is None and parts.port is None
    except ValueError:
        return None
    if not plain:
        return None
    folders = parts.path.strip("/").split("/")
    found = ""
    if parts.hostname == SHORT and len(folders) == 1:
        found = folders[0]
    elif parts.hostname in LONG and parts.path.rstrip("/") == "/watch":
        found = parse_qs(parts.query).get("v", [""])[0]
    elif parts.hostname in LONG and len(folders) == 2 and folders[0] in {"embed", "live", "shorts"}:
        found = folders[1]
    return found if ID.fullmatch(found) else None


def player(video_id: str) -> str:
    """The address of the player."""
    return f"{HOST}/embed/{video_id}"
