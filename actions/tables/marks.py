"""Words by which a row gives away that it is a legend, a total, progress or the heading of a group."""

import re

LEGEND = re.compile(
    r"(rag|brag|ratings?|status|colour|priority)?\s*(key|legend)\b.{0,40}|"
    r"rag( ratings?| status)? ?(key|means)?|"
    r"(key|notes?|nb|source|footnote|definitions?|abbreviations?|glossary)\b.*|"
    r"(rag|ratings?) (key|explained|definitions?)|"
    r"(version|last updated|date (printed|updated)|printed on|updated on|page [0-9]+)\b.*"
)
COLOUR_MEANS = re.compile(
    r"\s*(green|amber|red|blue|grey|yellow|[rgab])\s*[:=–-]\s*\S.*", re.IGNORECASE | re.DOTALL
)
FOOTNOTE = re.compile(r"(\*+|†|‡|\[[0-9]\]|\([0-9]\))\s*\S.*", re.DOTALL)
TOTAL = re.compile(
    r"(grand |sub ?)?totals?\b.{0,40}|sum|average|mean|count|number of actions.*|overall( total)?"
)
TOTAL_ALONE = re.compile(r"(grand |sub ?)?totals?")
# A cell that says so and no more: what else stands in its row may be words.
TOTAL_WORDS = re.compile(
    r"(grand |sub ?|overall )?totals?( number)?( of)?( actions?)?|sum|overall|"
    r"(total )?number of actions?( in total)?|actions? in total"
)
NUMBER_OF_ACTIONS = re.compile(
    r"(grand |sub ?)?totals?( number)?( of)?( actions?)? [0-9]+( actions?)?|number of actions [0-9]+|"
    r"actions in total [0-9]+|[0-9]+ actions? in total"
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
PROGRESS = re.compile(
    r"\s*(progress|updates?|comments?|position|latest|current position|achievements?)\b"
    r"[^:\n]{0,40}[:–-]\s*\S.*|"
    rf"\s*(?:[0-9]{{1,2}}[/.][0-9]{{1,2}}[/.](?:20)?[0-9]{{2}}|"
    rf"(?:[0-9]{{1,2}} )?{MONTH}(?: (?:20)?[0-9]{{2}})?)"
    r"\s*:\s*\S.*",
    re.IGNORECASE | re.DOTALL,
)
NUMBER = re.compile(r"[-+£]?[0-9][0-9,.]*%?")
COUNT = re.compile(rf"{NUMBER.pattern}(?: (?:actions?|items?|rows?))?(?: in total)?", re.IGNORECASE)
GROUP_WORD = re.compile(
    r"(strategic |key |business |plan )?(priority|theme|objective|aim|goal|outcome|workstream|work stream|"
    r"section|part|area|strand|pillar|domain|standard|recommendation)\b"
)
