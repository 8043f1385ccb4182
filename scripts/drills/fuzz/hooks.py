"""What JSON Schema cannot say of the API's values, so that valid requests are valid."""

from datetime import datetime, timedelta, timezone

import schemathesis
from hypothesis import strategies

now = datetime.now(timezone.utc)


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# Bookings start within ten years of now, API keys end within 366 days.
soon = strategies.integers(min_value=1, max_value=360 * 24 * 60).map(lambda minutes: text(now + timedelta(minutes=minutes)))
schemathesis.openapi.format("date-time", soon)


@schemathesis.hook
def map_body(context, body):
    """Bookings end after they start."""
    if isinstance(body, dict):
        start, end = body.get("startsAt"), body.get("endsAt")
        if is_time(start) and is_time(end):
            at = datetime.fromisoformat(start.replace("Z", "+00:00"))
            body["endsAt"] = text(at + timedelta(minutes=30))
    return body


def is_time(value):
    try:
        return isinstance(value, str) and datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False
