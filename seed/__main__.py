"""`python -m seed` loads the schemes and frameworks. Run it as often as you like."""

from backend.core.config import settings
from backend.core.db import Database
from seed.loading import load


def main() -> None:
    """Load everything in one transaction and say what was done."""
    with Database(settings().database_url).transaction() as session:
        lines = load(session)
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
