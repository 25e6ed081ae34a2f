"""How impact is checked, and what can be found of it."""

from django.db import models


class How(models.TextChoices):
    AUDIT = "audit", "A re-audit"
    MEASURE = "measure", "A measure of the scorecards"
    SURVEY = "survey", "A survey"
    OTHER = "other", "Another kind of check"


class Finding(models.TextChoices):
    EMBEDDED = "embedded", "Embedded"
    PARTLY = "partly", "Partly embedded"
    NOT = "not", "Not embedded"
