"""How days and moments are written: GOV.UK style, in words."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, g:ia"
