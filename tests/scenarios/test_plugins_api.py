"""The plugin endpoints: what they answer, whom, and what they refuse (spec 11 §7)."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from bundles import PLUGIN, wheel

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

RULE = (
    "from penstock.rules import rule\n@rule('{name}', 'Says hello to {{whom}}')\ndef hello(context):\n    return []\n"
)
HELLO = RULE.format(name="greeting.Hello")
UPLOAD, INSTALL = f"{PLUGIN}/upload", f"{PLUGIN}/install"


async def test_a_bundle_from_its_upload_to_the_rule_list(shop: Stage) -> None:
    client = shop.penstock.client
    status, before = await client.call("GET", f"{PLUGIN}/")
    assert status == 200
    assert before["PENSTOCK.core.SetState"]["ruleInfo"]["name"] == "SetState"
    assert "PENSTOCK.greeting.Hello" not in before

    status, uploaded = await client.upload(UPLOAD, wheel("greeting", HELLO, "1.0.3"))
    assert status == 200, uploaded
    name, about = "PENSTOCK.greeting::1.0.3", ("bundleName", "bundleVersion", "bundleStatus", "rules")
    rules = ["PENSTOCK.greeting.Hello"]
    assert [uploaded[k] for k in about] == ["PENSTOCK.greeting", "1.0.3", "INSTALLED", rules]
    assert "PENSTOCK.greeting.Hello" not in (await client.call("GET", PLUGIN))[1]

    status, installed = await client.call("POST", INSTALL, {"accountId": "PENSTOCK", "bundleName": name})
    assert (status, installed["bundleStatus"]) == (200, "ACTIVE")
    assert (await client.call("GET", f"{PLUGIN}/{name}/status"))[1] == installed
    entry = (await client.call("GET", PLUGIN))[1]["PENSTOCK.greeting.Hello"]
    assert entry["name"] == entry["ruleInfo"]["name"] == "Hello"
    assert entry["description"] == "Says hello to {whom}"
    assert entry["parameters"] == []
    assert (entry["bundle"], before["PENSTOCK.core.SetState"].get("bundle")) == (name, None)

    again = await client.upload(UPLOAD, wheel("greeting", HELLO, "1.0.3"))
    assert (again[0], again[1]["bundleStatus"]) == (200, "ACTIVE")
    status, refused = await client.upload(UPLOAD, wheel("greeting", f"{HELLO}\n# other", "1.0.3"))
    assert (status, refused["message"]) == (
        400,
        "PENSTOCK.greeting::1.0.3 exists with other content; give the bundle a new version.",
    )


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return packed.getvalue()


REQUIRES = "Metadata-Version: 2.1\nName: greeting-rules\nVersion: 1.0\nRequires-Dist: requests>=2\n"
POINTS = "ABOUT/entry_points.txt"
BAD = {
    "no archive": (b"PK nonsense", "file is no wheel"),
    "nothing": (b"", "file is no wheel"),
    "Java": (archive(**{"META-INF/MANIFEST.MF": "Rubix-Rules: a.B\n", "a/B.class": ""}), "file is a Java bundle"),
    "no manifest": (archive(**{"greeting.py": HELLO}), "file has no manifest"),
    "outside": (wheel("greeting", HELLO, **{"../../etc/cron.d/x": "y"}), "a file outside of itself"),
    "syntax": (wheel("greeting", "def hello(:\n"), "greeting_rules/__init__.py, line 1: invalid syntax"),
    "import": (wheel("greeting", "import no_such_thing"), "No module named 'no_such_thing'"),
    "raises": (wheel("greeting", f"{HELLO}\n1 / 0"), "ZeroDivisionError"),
    "exits": (wheel("greeting", "raise SystemExit(1)"), "SystemExit: 1"),
    "compiled": (wheel("greeting", HELLO, **{"greeting_rules/fast.so": ""}), "has compiled code"),
    "dependency": (wheel("greeting", HELLO, **{"ABOUT/METADATA": REQUIRES}), "requires 'requests>=2'"),
    "no entry point": (wheel("greeting", HELLO, **{POINTS: "[console_scripts]\na = b:c\n"}), "penstock.rules are {}"),
    "odd entry point": (wheel("greeting", HELLO, **{POINTS: "[penstock.rules]\na = b:c\n"}), "has to name a module"),
    "no rules": (wheel("greeting", "x = 1"), "this one declares none"),
    "two namespaces": (wheel("greeting", HELLO + RULE.format(name="other.Hello")), "in greeting, other"),
    "no namespace": (wheel("greeting", RULE.format(name="Hello")), "such as 'Hello'"),
    "taken": (wheel("core", RULE.format(name="core.ChangeState")), "has a rule core.ChangeState already"),
    "set rule": (wheel("greeting", HELLO.replace("import rule", "import set_rule as rule")), "is a set rule"),
    "bad version": (wheel("greeting", HELLO, "one two"), "Version 'one two'"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_is_no_bundle_is_refused_with_a_reason(lasting_shop: Stage, case: str) -> None:
    content, said = BAD[case]
    status, answer = await lasting_shop.penstock.client.upload(UPLOAD, content)
    assert status == 400, answer
    assert said in answer["message"]


async def test_the_form_and_its_size_are_checked(lasting_shop: Stage) -> None:
    client = lasting_shop.penstock.client
    status, answer = await client.upload(UPLOAD, wheel("greeting", HELLO), part="bundle")
    assert (status, "part file is missing" in answer["message"]) == (400, True)
    status, answer = await client.call("POST", UPLOAD, {"file": "x"})
    assert (status, "multipart/form-data" in answer["message"]) == (400, True)
    status, _ = await client.upload(UPLOAD, b"x" * (9 << 20))
    assert status == 413
    bomb = wheel("greeting", HELLO, **{f"greeting_rules/{n}.txt": "x" * (4 << 20) for n in range(9)})
    status, answer = await client.upload(UPLOAD, bomb)
    assert (status, "bytes unpacked" in answer["message"]) == (400, True)


async def test_bundles_of_others_and_unknown_ones(lasting_shop: Stage) -> None:
    client = lasting_shop.penstock.client
    for name, expected in (("OTHER.core::1.0", 403), ("PENSTOCK.core::9.9", 404), ("PENSTOCK.core", 400), ("x", 400)):
        assert (await client.call("GET", f"{PLUGIN}/{name}/status"))[0] == expected, name
        assert (await client.call("POST", INSTALL, {"bundleName": name}))[0] == expected, name
    given = {"bundleName": "PENSTOCK.core::9.9", "accountId": "OTHER"}
    assert (await client.call("POST", INSTALL, given))[0] == 403
    assert (await client.call("POST", INSTALL, {"accountId": "PENSTOCK"}))[0] == 400
    points = "[penstock.rules]\nOTHER.greeting = greeting_rules\n"
    status, answer = await client.upload(UPLOAD, wheel("greeting", HELLO, **{POINTS: points}))
    assert (status, "name the account OTHER" in answer["message"]) == (403, True)


async def test_permissions_have_to_be_held_in_the_account(shop: Stage) -> None:
    within = await shop.user("dev-one", "DEVELOPER", context="RETAILER", context_id=int(shop.retailer))
    without = await shop.user("clerk", "CUSTOMER_SERVICE", context="ACCOUNT", context_id=0)
    whole = await shop.user("dev-all", "DEVELOPER", context="ACCOUNT", context_id=0)
    name = "PENSTOCK.core::1.0"
    for client, view, create in ((within, 403, 403), (without, 403, 403), (whole, 200, 200)):
        assert (await client.call("GET", PLUGIN))[0] == view
        assert (await client.call("GET", f"{PLUGIN}/{name}/status"))[0] == (403 if view == 403 else 404)
        assert (await client.upload(UPLOAD, wheel("greeting", HELLO)))[0] == create
        assert (await client.call("POST", INSTALL, {"bundleName": name}))[0] == (403 if create == 403 else 404)
