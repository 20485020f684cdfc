"""Which browser and system a session was opened in, as people call them. Shown to them, and never used to decide."""

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""What a browser writes about itself, the more telling words first: most claim to be several."""

SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> str:
    """The device as `Firefox on Linux`; empty where the browser does not say."""
    browser = next((name for words, name in BROWSERS if words in user_agent), "")
    system = next((name for words, name in SYSTEMS if words in user_agent), "")
    return " on ".join(filter(None, (browser, system)))
