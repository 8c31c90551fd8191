"""What people are told: an alert in the words, the form and the length that a channel takes."""

from __future__ import annotations

from streams.messages.compose import Composed, Composer, DoesNotFit
from streams.messages.forms import FORMS, Form
from streams.messages.templates import load_templates

__all__ = ["FORMS", "Composed", "Composer", "DoesNotFit", "Form", "load_templates"]
