"""What the heading of a column says that the column holds."""

import re
from functools import lru_cache

from actions.tables.wording import plain

LONGEST_HEADING = 100

# By field: expressions for a whole heading, compared as plain() writes it. The heading means that field.
WHOLE: dict[str, str] = {
    "ref": r"|rec|recs|no|nos|num|nr|ref|refs|reference|reference (no|number)|ref (no|number)|number|id|item|"
        r"item no|item number|action (no|nr|number|ref|reference|id)|(sr|s|serial|line|row|plan|"
        r"objective|priority) (no|number)",
    "title": r"title|action title|short title|heading|name|action name|name of action|topic|subject|"
        r"project|project name|initiative|summary|headline|area of work|key area",
    "driver": r"(strategic )?drivers?|(business )?driver|why|why are we doing this|"
        r"why is this important|rationale|reason|reasons|source|origin|source of action|context|"
        r"background|evidence base|what we know|recommendation|recommendations|finding|findings|"
        r"issue|issues|identified need|need|gap|learning|learning point|statutory (requirement|"
        r"duty|basis)|requirement",
    "theme": r"themes?|our (priorit(y|ies)|objectives?|aims?)|priority (area|theme)s?|"
        r"(strategic|key|business plan|plan|safeguarding|"
        r"partnership) priorit(y|ies)|priorities|(strategic |key )?(objective|objectives|aim|aims|"
        r"goal|goals)|work ?streams?|area of focus|focus|focus area|areas? for (improvement|"
        r"development|action)|strand|pillar|domain|category|area",
    "action": r"actions?|(key|agreed|planned|specific|priority|smart|main|proposed) (actions?|activit(y|"
        r"ies)|tasks?)|actions? (required|needed|to be taken|agreed|planned|point|points|"
        r"description|detail|details)|what|what (will|do|are|must|should) we( need to|"
        r" going to)? (do|doing)( .*)?|what (we|will) (will )?(do|be done)|what needs to (be done|"
        r"happen)|description of action|action/?s? and .*|activit(y|ies)|tasks?|to do|steps|how|"
        r"how (will we|we will|we are going to|we plan to) (do|achieve|deliver|get) (it|this|that|there)|"
        r"deliverables?|intervention|description|details?",
    "outcome": r"(intended |desired |expected |planned |target |required |key |"
        r"anticipated )?outcomes?( wanted| required| sought)?|(intended |expected |"
        r"desired )?impact|(expected |intended )?(results?|benefits?)|what (will|"
        r"do we want to) (be different|success look like|achieve)( .*)?|"
        r"what (we|we all) (want|aim|hope|need) to (achieve|see|change)( .*)?|"
        r"what difference (do|will|would|could|should|it) .*|"
        r"success|what does (good|success) look like|impact for children( .*)?|"
        r"impact on children( .*)?",
    "priority": r"priority|priority (level|rating|status|rank|ranking)|level of priority|importance|"
        r"urgency|h m l|hml",
    "who": r"who|by who|by whom|who (will|is|by)( .*)?|lead|leads|(the )?(action |responsible |lead |"
        r"accountable |named )?(owner|owners|officer|person|professional|post|role)s?|(action |"
        r"strategic |operational |overall )?leads?|lead (officer|agency|agencies|person|partner|"
        r"partners|organisation|professional|name|role|for action|and agency)s?|responsible|"
        r"responsibility|responsibilities|responsible (agency|agencies|organisation|party|partner|"
        r"lead|for)|accountable|accountability|person responsible|(action )?assigned to|assignee|"
        r"agency|agencies|organisations?|partners?|partner agency|delivered by|owned by|"
        r"post ?holder|name of lead|allocated to|action by|posts?",
    "due": r"when|by when|when by|(action |target |proposed |planned |expected |agreed |final |"
        r"original )?(time ?scales?|time ?frames?|time ?lines?|deadline|due|due date|"
        r"completion date|date of completion|date for completion|end date|date|delivery date|"
        r"finish date|finish|end|target date)s?|date due|to be completed by|complete(d)? by|"
        r"completion|due (by|on)|target|timing|date to be completed|target for completion|"
        r"due for completion|when will .*",
    "status": r"(current |action |delivery |overall |completion |progress )?status|state|stage|complete|"
        r"completed|done|completed y n|complete yes no|completed yes no|open closed|closed",
    "rating": r"(current |progress |delivery |overall |status )?b?rag( rating| status| score)?|rating|"
        r"ragb|traffic light|colour|rag .{0,12}|progress rating",
    "progress": r"progress|(progress|current|latest|monthly|quarterly|action|status|key) (update|updates|"
        r"position)|updates?|progress (to date|made|so far|notes?|report|comments?|against .*)|"
        r"position|position statement|commentary|narrative|what has been done|achievements?|"
        r"comments?|notes?|where are we now|comments? .{0,20}|comment and progress|work to date|"
        r"current situation",
    "further_actions": r"further (actions?|work|steps)( identified| required| needed)?|next steps?|"
        r"future actions?|follow up( actions?)?|additional actions?|actions? outstanding|"
        r"outstanding (actions?|work)|what next",
    "known_by": r"how (will|do|would|shall) (we|you|it|this) .{0,20}(know|known|measure|measured)( .*)?|"
        r"how it will be known|how (success|impact|progress) will be measured|"
        r"how (we|you) will (know|measure)( .*)?|(success |outcome |performance |impact |key )?(measures?|"
        r"criteria|indicators?|metrics?)( of success)?|kpis?|(performance )?measurement|"
        r"success (criteria|factors?)|evidence( of (success|impact|completion))?|"
        r"key performance indicators?|monitoring",
    "milestones": r"(key |delivery )?milestones?",
    "group": r"(responsible|lead|reporting|accountable|oversight|monitoring|owning) (sub ?)?(group|"
        r"board|body|committee)|(sub ?)?groups?|board|governance|governance group|oversight|"
        r"reporting to|reports to|committee|forum",
    "kind": r"kind of driver|type of driver|driver (type|kind)",
    "review": r"(next )?review date|date of (the )?next review|review on",
    # How the register's own files say how exact the original date is.
    "precision": r"original date read as",
    "extra": r"review|reviewed|date (of review|reviewed|added|started|raised|opened|"
        r"completed|closed|agreed|of update|set|updated|identified)|start|start date|(actual |"
        r"completed |closed )(completion |end |on )?date|completed on|last (updated|reviewed)|"
        r"risks?|risk (rating|level|score)|barriers?|resources?|costs?|budget|funding|links?|"
        r"linked to|links to|supporting (agencies|partners|officers?|leads?)|support|supported by|"
        r"(partners|agencies|others) involved|involved|key partners|dependencies|document|type|"
        r"version|forecast( date)?|milestones done|percent complete|complete percent|progress percent",
}  # fmt: skip

# In this order: words that give a heading away wherever they stand in it.
WITHIN: list[tuple[str, str]] = [
    ("progress", r"\bto date\b|\bso far\b|\bdifference (has|have|did)\b|^actions? taken$"),
    ("extra", r"\bdate of (the )?(last|latest|next|most recent)\b"),
    ("extra", r"\b(previous|last) (b?rag|rating|status)\b|\bminute\b"),
    ("driver", r"^why\b|\brationale\b"),
    ("title", r"^(title|name) of\b"),
    ("theme", r"^areas? (for|of)\b"),
    ("extra", r"\b(start|review|reviewed|raised|opened|added|closed|actual|forecast) date\b|"
     r"\bdate (started|opened|raised|closed|completed|reviewed|added)\b"),
    ("extra", r"\brisks?\b|\bresources?\b|\bbudget\b|\bcosts?\b|\bsupporting\b|\bpercent\b"),
    ("ref", r"^(action|item|objective|plan|task|priority|recommendation|rec|ref|reference)?\s?(no|ref|"
     r"number|id|reference)$"),
    ("further_actions", r"\b(further|next|future|follow up)\b.{0,20}\b(actions?|steps?|work)\b"),
    ("known_by", r"\b(measures?|measured|indicators?|criteria|kpis?|evidence)\b|\bhow\b.*\bknow\b"),
    ("rating", r"\bb?rag\b|\btraffic light\b"),
    ("due", r"\b(time ?scales?|time ?frames?|deadline|due|by when|target date|completion (date|by)|"
     r"when)\b|\brevised\b.*\bdate\b"),
    ("who", r"\b(who|whom|owners?|leads?|led by|responsible|responsibility|accountable|"
     r"officers?|sro|actioned by|named)\b"),
    ("group", r"\b(sub ?groups?|board|committee)\b"),
    ("outcome", r"\b(outcomes?|impact|difference|benefits?|success)\b"),
    ("status", r"\bstatus\b|\bcompleted?\b"),
    ("progress", r"\b(progress|updates?|position|comments?|commentary)\b"),
    ("theme", r"\b(theme|objectives?|aims?|goals?|priorit(y|ies) areas?|strategic priorit(y|"
     r"ies)|workstream)\b"),
    ("priority", r"\bpriority\b|^high medium low$"),
    ("action", r"^(actions?|tasks?)\b"),
    ("driver", r"\b(driver|source|recommendations?|findings?|issues?)\b"),
    ("action", r"\b(actions?|tasks?|activit(y|ies)|do|steps|deliverables?)\b|^how will we get there\b"),
    ("milestones", r"\bmilestones?\b"),
    ("title", r"\btitle\b"),
]  # fmt: skip
WHOLE_EXPRESSIONS = {field: re.compile(expression) for field, expression in WHOLE.items()}
WITHIN_EXPRESSIONS = [(field, re.compile(expression)) for field, expression in WITHIN]
SIGNS = {"#": "ref", "№": "ref", "no.": "ref"}
JOINED = re.compile(r"\s*/\s*|\s+(?:and|or|&)\s+")
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
    text = text.replace("(s)", "s").replace("/s ", "s ").replace("#", " number ")
    heading = plain(text)
    if len(text) > LONGEST_HEADING:
        # A question with its explanation: the question tells.
        heading = plain(re.split(r"[(?\n:]", text)[0])
    if not heading or len(heading) > LONGEST_HEADING:
        return "", NONE
    # “Update (September 2021)” is sure as well.
    for whole in dict.fromkeys((heading, plain(BRACKETS.sub("", text)))):
        if field := whole_field(whole):
            return field, SURE
    # “Timescale / deadline”, “Actions and tasks”: two words for one field.
    parts = {whole_field(plain(part)) for part in JOINED.split(text)}
    if len(parts) == 1 and (field := next(iter(parts))):
        return field, SURE
    if parts in ({"due", "extra"}, {"due", "review"}):  # “Target / review date”
        return "due", LIKELY
    if "action" in parts:
        return "action", LIKELY
    for field, expression in WITHIN_EXPRESSIONS:
        if expression.search(heading):
            return field, LIKELY
    return "", NONE


def whole_field(heading: str) -> str:
    found = (field for field, expression in WHOLE_EXPRESSIONS.items() if expression.fullmatch(heading))
    return next(found, "") if heading else ""
