"""Log lines: for people at a terminal, and as JSON for machines in production."""

import logging

import structlog

from backend.core.config import settings


def configure() -> None:
    """Write log lines as the environment needs them."""
    logging.basicConfig(level=logging.WARNING)
    production = settings().environment == "production"
    writer = structlog.processors.JSONRenderer() if production else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if production else []),
            writer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
