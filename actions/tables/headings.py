"""What the heading of a column says that the column holds."""

import re
from functools import lru_cache

from actions.tables.wording import plain

LONGEST_HEADING = 100

# By field: expressions for a whole heading, compared as plain() writes it. The heading means that field.
WHOLE: dict[str, str] = {
    "ref": r"|no|nos|num|nr|ref|refs|reference|reference (no|number)|ref (no|number)|number|id|item|item no|"
    r"item number|action (no|nr|number|ref|reference|id)|(sr|s|serial|line|row|plan|objective|priority) (no|number)",
    "title": r"title|action title|short title|heading|name|action name|name of action|topic|subject|project|"
    r"project name|initiative|summary|headline|area of work|key area",
    "driver": r"(strategic )?drivers?|(business )?driver|why|why are we doing this|why is this important|"
    r"rationale|reason|reasons|source|origin|source of action|context|background|evidence base|what we know|"
    r"recommendation|recommendations|finding|findings|issue|issues|identified need|need|gap|learning|"
    r"learning point|statutory (requirement|duty|basis)|requirement",
    "theme": r"themes?|priority (area|theme)s?|(strategic|key|business plan|plan|safeguarding|partnership) "
    r"priorit(y|ies)|priorities|(strategic |key )?(objective|objectives|aim|aims|goal|goals)|work ?streams?|"
    r"area of focus|focus|focus area|areas? for (improvement|development|action)|strand|pillar|domain|category|area",
    "action": r"actions?|(key|agreed|planned|specific|priority|smart|main|proposed) (actions?|activit(y|ies)|tasks?)|"
    r"actions? (required|needed|to be taken|agreed|planned|point|points|description|detail|details)|"
    r"what|what (will|do|are|must|should) we( need to| going to)? (do|doing)( .*)?|what (we|will) (will )?(do|be done)|"
    r"what needs to (be done|happen)|description of action|action/?s? and .*|activit(y|ies)|tasks?|to do|"
    r"steps|how|how will we (do|achieve) (it|this|that)|deliverables?|intervention|description|details?",
    "outcome": r"(intended |desired |expected |planned |target |required |key |anticipated )?outcomes?( wanted| required|"
    r" sought)?|(intended |expected |desired )?impact|(expected |intended )?(results?|benefits?)|"
    r"what (will|do we want to) (be different|success look like|achieve)( .*)?|what difference .*|success|"
    r"what does (good|success) look like|impact for children( .*)?|impact on children( .*)?",
    "priority": r"priority|priority (level|rating|status|rank|ranking)|level of priority|importance|urgency|h m l|hml",
    "who": r"who|by who|by whom|who (will|is|by)( .*)?|lead|leads|(the )?(action |responsible |lead |accountable |named )?"
    r"(owner|owners|officer|person|professional|post|role)s?|(action |strategic |operational |overall )?leads?|lead "
    r"(officer|agency|agencies|person|partner|partners|organisation|professional|name|role|for action|and agency)s?|"
    r"responsible|responsibility|responsibilities|responsible (agency|agencies|organisation|party|partner|lead|for)|"
    r"accountable|accountability|person responsible|(action )?assigned to|assignee|agency|agencies|organisations?|"
    r"partners?|partner agency|delivered by|owned by|post ?holder|name of lead|allocated to|action by|posts?",
    "due": r"when|by when|when by|(action |target |proposed |planned |expected |agreed |final |original )?(time ?scales?|time ?frames?|"
    r"time ?lines?|deadline|due|due date|completion date|date of completion|date for completion|end date|date|"
    r"delivery date|finish date|finish|end|target date)s?|date due|to be completed by|complete(d)? by|completion|"
    r"due (by|on)|target|timing|date to be completed|target for completion|due for completion|when will .*",
    "status": r"(current |action |delivery |overall |completion |progress )?status|state|stage|complete|completed|done|"
    r"completed y n|complete yes no|completed yes no|open closed|closed",
    "rating": r"(current |progress |delivery |overall |status )?b?rag( rating| status| score)?|rating|ragb|"
    r"traffic light|colour|rag .{0,12}|progress rating",
    "progress": r"progress|(progress|current|latest|monthly|quarterly|action|status|key) (update|updates|position)|updates?|"
    r"progress (to date|made|so far|notes?|report|comments?|against .*)|position|position statement|commentary|"
    r"narrative|what has been done|achievements?|comments?|notes?|where are we now|comments? .{0,20}|"
    r"comment and progress|work to date|current situation",
    "further_actions": r"further (actions?|work|steps)( identified| required| needed)?|next steps?|future actions?|"
    r"follow up( actions?)?|additional actions?|actions? outstanding|outstanding (actions?|work)|what next",
    "known_by": r"how (will|do|would|shall) (we|you|it|this) .{0,20}(know|known|measure|measured)( .*)?|how it will be known|"
    r"how (success|impact|progress) will be measured|how we will know( .*)?|"
    r"(success |outcome |performance |impact |key )?(measures?|criteria|indicators?|metrics?)( of success)?|kpis?|"
    r"(performance )?measurement|success (criteria|factors?)|evidence( of (success|impact|completion))?|"
    r"key performance indicators?|monitoring",
    "milestones": r"(key |delivery )?milestones?",
    "group": r"(responsible|lead|reporting|accountable|oversight|monitoring|owning) (sub ?)?(group|board|body|committee)|"
    r"(sub ?)?groups?|board|governance|governance group|oversight|reporting to|reports to|committee|forum",
    "kind": r"kind of driver|type of driver|driver (type|kind)",
    "extra": r"review|review date|reviewed|date (of review|reviewed|added|started|raised|opened|completed|closed|agreed|"
    r"of update|set|updated|identified)|start|start date|(actual |completed |closed )(completion |end |on )?date|"
    r"completed on|last (updated|reviewed)|risks?|risk (rating|level|score)|barriers?|resources?|costs?|budget|funding|"
    r"links?|linked to|links to|supporting (agencies|partners|officers?|leads?)|support|supported by|"
    r"(partners|agencies|others) involved|involved|key partners|dependencies|document|type|version|forecast( date)?|"
    r"percent complete|complete percent|progress percent",
}  # fmt: skip

# In this order: words that give a heading away wherever they stand in it.
WITHIN: list[tuple[str, str]] = [
    ("extra", r"\b(start|review|reviewed|raised|opened|added|closed|actual|forecast) date\b|\bdate (started|opened|raised|closed|completed|reviewed|added)\b"),
    ("extra", r"\brisks?\b|\bresources?\b|\bbudget\b|\bcosts?\b|\bsupporting\b|\bpercent\b"),
    ("ref", r"^(action|item|objective|plan|task|recommendation|rec|ref|reference)?\s?(no|ref|number|id|reference)$"),
    ("further_actions", r"\b(further|next|future|follow up)\b.{0,20}\b(actions?|steps?|work)\b"),
    ("known_by", r"\b(measures?|measured|indicators?|criteria|kpis?|evidence)\b|\bhow\b.*\bknow\b"),
    ("rating", r"\bb?rag\b|\btraffic light\b"),
    ("due", r"\b(time ?scales?|time ?frames?|deadline|due|by when|target date|completion date|when)\b"),
    ("who", r"\b(who|whom|owners?|leads?|led by|responsible|responsibility|accountable|officers?)\b"),
    ("group", r"\b(sub ?groups?|board|committee)\b"),
    ("outcome", r"\b(outcomes?|impact|difference|benefits?|success)\b"),
    ("status", r"\bstatus\b|\bcompleted?\b"),
    ("progress", r"\b(progress|updates?|position|comments?|commentary)\b"),
    ("theme", r"\b(theme|objectives?|aims?|goals?|priorit(y|ies) areas?|strategic priorit(y|ies)|workstream)\b"),
    ("priority", r"\bpriority\b"),
    ("driver", r"\b(driver|why|rationale|source|recommendations?|findings?)\b"),
    ("action", r"\b(actions?|tasks?|activit(y|ies)|do|steps)\b"),
    ("milestones", r"\bmilestones?\b"),
    ("title", r"\btitle\b"),
]  # fmt: skip
WHOLE_EXPRESSIONS = {field: re.compile(expression) for field, expression in WHOLE.items()}
WITHIN_EXPRESSIONS = [(field, re.compile(expression)) for field, expression in WITHIN]
SIGNS = {"#": "ref", "№": "ref", "no.": "ref"}
BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
SURE, LIKELY, NONE = 2, 1, 0


@lru_cache(maxsize=10_000)
def field_of_heading(text: str) -> tuple[str, int]:
    """The field that a heading names and whether that is sure; ("", 0) where it names none."""
    sign = text.strip().casefold()
    if sign in SIGNS:
        return SIGNS[sign], SURE
    if "%" in sign:
        return "extra", SURE
    text = text.replace("(s)", "s").replace("/s ", "s ")
    heading = plain(text)
    if not heading or len(text) > LONGEST_HEADING:
        return "", NONE
    # “Update (September 2021)” is sure as well.
    for whole in dict.fromkeys((heading, plain(BRACKETS.sub("", text)))):
        for field, expression in WHOLE_EXPRESSIONS.items():
            if whole and expression.fullmatch(whole):
                return field, SURE
    for field, expression in WITHIN_EXPRESSIONS:
        if expression.search(heading):
            return field, LIKELY
    return "", NONE
