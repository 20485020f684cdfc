"""Addresses, notices and the guard against forms from elsewhere."""

import pytest

from backend.core import middleware, web

OUTSIDE = [
    "http://[", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "https:evil.test",
    "javascript:alert(1)", "data:text/html,x", "evil.test", "", "/\t/evil.test", "/\n/evil.test", "/x\\y", "/\x00",
    "/ok\r\nSet-Cookie: x=y", "?next=//evil.test", "#x", "/%0d%0aSet-Cookie:x", "http:/\\evil.test",
]  # fmt: skip


@pytest.mark.parametrize("address", OUTSIDE)
def test_no_address_leads_out_of_the_site(address: str) -> None:
    safe = web.safe_address(address, "/home")
    assert safe == "/home" or (safe.startswith("/") and "//" not in safe[:2] and "\\" not in safe)


@pytest.mark.parametrize("address", ["/", "/my-feedback", "/frameworks/x?q=a&term=b%3Ac#points", "/ŵ"])
def test_addresses_of_ours_are_kept(address: str) -> None:
    assert web.safe_address(address) == address


def guard(headers: dict[str, str]) -> bool:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return middleware._from_our_site({"headers": raw})


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://pilot.test", "Host": "pilot.test"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": "https://pilot.test", "Host": "pilot.test"}, True),
        ({"Origin": "https://pilot.test:444", "Host": "pilot.test"}, False),
        ({"Origin": "null", "Host": "pilot.test"}, False),
        ({"Origin": "", "Host": ""}, False),
        ({"Host": "pilot.test"}, False),
    ],
)
def test_only_forms_of_ours_change_anything(headers: dict[str, str], ours: bool) -> None:
    assert guard(headers) is ours


def test_the_address_of_an_asset_holds_its_version() -> None:
    assert web.asset("app.css") == f"/static/{web.assets_version()}/app.css"
