"""A worker process as a deployment runs it, to be killed at any moment: it delivers until nothing is due, for ever.

Arguments: the address of the database, and settings of the mailer as JSON.
"""

import json
import sys
import time

from pydantic import SecretStr

from backend.core.config import settings
from backend.core.db import Database
from backend.notifications import delivery, mailers


def main() -> None:
    """Deliver until killed."""
    database = Database(sys.argv[1])
    chosen = json.loads(sys.argv[2])
    if "notify_api_key" in chosen:
        chosen["notify_api_key"] = SecretStr(chosen["notify_api_key"])
    mail = settings().model_copy(update=chosen)
    mailers.settings = lambda: mail
    while True:
        if delivery.deliver(database, mailers.mailer()) == 0:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
