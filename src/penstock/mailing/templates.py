"""The templates that come with Penstock, and a retailer's own texts for them (spec 35 §10).

A template is a file in ``templates/``: the subject in its first line, an empty line, then the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

from penstock.errors import InvalidValueError, shown
from penstock.mailing.filling import scopes

SETTING = "notification.template."  # and the name: a retailer's texts, {"subject": ..., "text": ...}
_SUFFIX = ".txt"


@dataclass(frozen=True)
class Template:
    """Subject and text with placeholders."""

    name: str
    subject: str
    text: str

    @property
    def scopes(self) -> set[str]:
        """Return the first words of all placeholders; ``InvalidValueError`` where braces do not match."""
        return scopes(self.subject) | scopes(self.text)

    def replaced(self, setting: Any) -> Template:
        """Return the template with what the setting gives of ``subject`` and ``text``; None gives nothing.

        Raises:
            InvalidValueError: the setting is no object, or gives something else than texts.
        """
        if setting is None:
            return self
        if not isinstance(setting, dict):
            raise InvalidValueError(f"setting {SETTING}{self.name} must be an object, not {shown(setting)}")
        return Template(self.name, self._own(setting, "subject"), self._own(setting, "text"))

    def _own(self, setting: dict[str, Any], part: str) -> str:
        value = setting.get(part, getattr(self, part))
        if not isinstance(value, str) or not value.strip():
            raise InvalidValueError(f"{part} of setting {SETTING}{self.name} must be a text, not {shown(value)}")
        return value


def _read() -> dict[str, Template]:
    files = sorted(resources.files(__package__).joinpath("templates").iterdir(), key=lambda file: file.name)
    return {t.name: t for t in (_parsed(f.name, f.read_text("utf-8")) for f in files if f.name.endswith(_SUFFIX))}


def _parsed(file: str, content: str) -> Template:
    subject, _, text = content.partition("\n\n")
    return Template(file.removesuffix(_SUFFIX), subject.strip(), text)


TEMPLATES = _read()
