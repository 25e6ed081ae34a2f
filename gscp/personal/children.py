"""Children by their initials or first name with an age, or by a letter beside what happened to them.

No list of names is needed: it goes by capitals, and by the words around them.
"""

import re
from collections.abc import Iterator

from gscp.personal.words import AGE, DASHES, Detail, after, before, listed

AGE_WORDS = f"(?i:{AGE})"
INITIALS = r"(?:[A-Z]\.[ ]?[A-Z]\.?|[A-Z]{2})"
NAME = r"[A-Z][a-z]{2,14}(?:-[A-Z][a-z]{1,14})?"
WHO = rf"(?P<who>{INITIALS}|{NAME})"
UNIT = "(?:years?|yrs?|months?|weeks?)(?:[ -]olds?)?"
OLD = rf"(?:{AGE_WORDS}[ -]{UNIT}|1?[0-9]{UNIT}|{AGE_WORDS} ?y\.?/?o\b\.?)"
ABOUT = "(?:both|now|nearly|just|only|then|not yet|almost)"
OF_AGE = rf"(?:(?:{ABOUT} )?(?:aged?|age of) {AGE_WORDS}|(?:an? )?{OLD}|{ABOUT} {AGE_WORDS})"
DASH = f"[{DASHES}]"
# An age that is called one.
STRONG = re.compile(
    rf"(?<![\w.’'-]){WHO}(?P<gap>,? | ?\(| {DASH} )(?:(?:(?:who|she|he) )?(?:is|was) )?"
    rf"(?:{OF_AGE}|(?<=who is ){AGE_WORDS}|(?<=who was ){AGE_WORDS})(?![\w%]| ago\b)"
)
# One letter is enough where the age is called one.
LETTER_OF_AGE = re.compile(
    r"(?<![\w.’'-])(?P<who>[B-HJ-Z])(?:,? | \()(?:(?:who )?(?:is|was) )?"
    rf"(?:aged {AGE_WORDS}|{AGE_WORDS}[ -]{UNIT}(?<=old))(?!\w)"
)
# A number that may be one.
WEAK = re.compile(
    rf"(?<![\w.’'-]){WHO}(?:, {AGE_WORDS}| \({AGE_WORDS}\)| {DASH} {AGE_WORDS} {DASH}"
    rf"| (?P<is>is|was|turned|turns) {AGE_WORDS})(?![\w%/-]| ?%)(?P<then>[^\n]{{0,40}})"
)
AGE_FIRST = re.compile(
    r"\b(?:(?i:(?:girl|boy|child|young person|pupil|sister|brother) of|aged|she was|he was) "
    rf"{AGE_WORDS}|{OLD})"
    r",? (?:(?:boy|girl|child|called|named|known as|initials|young|person|pupil|is|was) ){0,4}"
    rf"{WHO}(?![\w’'])"
)
PAIR = re.compile(
    rf"(?<![\w.’'-])(?P<who>{NAME}|[A-Z]{{2}}) and (?:{NAME}|[A-Z]{{2}}),? \(?{AGE_WORDS} and {AGE_WORDS}\b"
)
NOT_A_PERSON = frozenset(
    listed(
        "a|am|an|pm|ad|tv|it|id|hr|pe|uk|eu|us|un|qa|qi|dv|da|cp|ce|la|gp|ph|pi|iq|ks|ai|cv|pc|ok|no|"
        "na|go|do|in|is|on|at|or|to|by|of|if|as|we|he|me|my|so|up|be|vs|re|mp|ea|gl|ii|iv|vi|ix|xi|the|"
        "this|that|these|those|there|their|they|when|where|what|which|who|why|how|her|his|him|she|our|"
        "your|its|all|any|each|every|some|most|many|both|few|none|nobody|one|two|three|four|five|six|"
        "seven|eight|nine|ten|only|also|and|but|for|not|with|from|into|over|under|after|before|since|"
        "until|during|among|about|around|between|while|because|although|though|than|then|thus|here|now|"
        "today|tomorrow|yesterday|once|again|next|last|first|second|third|item|page|phase|stage|wave|"
        "week|year|years|month|months|day|days|quarter|term|cohort|section|chapter|paragraph|part|"
        "action|actions|measure|target|level|band|group|groups|table|figure|question|grade|version|"
        "child|children|pupil|pupils|student|students|boy|boys|girl|girls|baby|babies|person|people|"
        "young|youth|adult|adults|parent|parents|mother|father|brother|sister|sibling|siblings|twin|"
        "twins|family|families|carer|carers|staff|worker|workers|team|teams|social|teacher|teachers|"
        "school|schools|academy|college|nursery|partner|partners|partnership|council|county|"
        "constabulary|police|health|hospital|trust|service|services|agency|agencies|subgroup|executive|"
        "management|board|panel|committee|chair|scrutineer|manager|ofsted|barnardo|barnardos|"
        "government|department|minister|parliament|cabinet|court|office|january|february|march|april|"
        "may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|"
        "friday|saturday|sunday|spring|summer|autumn|winter|easter|christmas|green|amber|red|blue|high|"
        "medium|low|gloucester|gloucestershire|cheltenham|stroud|tewkesbury|cotswold|cotswolds|forest|"
        "dean|cirencester|england|wales|scotland|britain|london|bristol|swindon|hereford|worcester|"
        "oxford|bath|missing|exploitation|neglect|attendance|absence|training|safeguarding|contact|"
        "contacts|referral|referrals|demand|sickness|turnover|waiting|form|forms|case|cases|plan|plans|"
        "audit|audits|meeting|meetings|response|responses|total|totals|average|median|age|aged|ages|"
        "places|stay|rating|status|priority|budget|cost|reading"
    )
)
COMMON_ENDINGS = (
    "tion",
    "sion",
    "ment",
    "ness",
    "ship",
    "ance",
    "ence",
    "ity",
    "ing",
    "ers",
    "ors",
    "ies",
    "ology",
)
VERB = (
    "(?:is|was|are|were|has|had|who|will|would|could|did|does|can|may|said|told|asked|went|came|felt|left|saw"
    "|got|ran|drew|wrote|took|gave|made|knew|kept|slept|fell|lives?|[a-z]{2,12}ed|[a-z]{2,12}[a-z]s|both|next)"
)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
SAYS_MORE = re.compile(
    rf"^[,)]?,? ?(?:(?:and|but|so) )?(?:(?:she|he|her|his|{VERB})\b|and [A-Z][a-z-]{{1,20}} \({AGE_WORDS}\))"
    r"|^ (?:when|at the time|years?\b)"
)
ENDS_THERE = re.compile(
    rf"^(?:[.,;:!?)]|$| (?:and|but|or|in|at|with|from|for|to|both|years?|yrs|when|{VERB})\b)"
)
COUNTED = re.compile(
    r"^ ?(?:%|per cent|percent|of\b|places|posts|points|weeks|days|hours|minutes|higher|lower|to \d"
    rf"|in (?:{MONTHS}|20))"
)
LETTER = re.compile(
    r"\b(?i:child|baby|infant|young person|yp|sibling|twin|boy|girl|pupil|subject) "
    r"(?P<letter>[A-Z]{1,2}\d?)(?![\w-])(?! to\b)"
)
NO_LETTER = frozenset(listed("I IN OF OR CP CE IT IS AT TO ON BY IF AS AN WE NO SO"))
EVENT = re.compile(
    r"\b(?:di(?:ed|es)|dead|death|kill|murder|suicid|hang|overdos|stab|injur|bruis|burn|scald|fractur"
    r"|broken|skull|assault|attack|rap(?:e|ed)\b|abus(?:ed|e by)|groom|traffick|arrest|missing"
    r"|ran away|absconded|drown|disclos|inquest|rapid review|police were|shot|shaken|strangl|poison"
    r"|hospital|emergency department|A&E|walk-in|exploited|self-harm|harmed|excluded|fire"
    r"|found (?:at|in|on|dead)|seen (?:on|in|at|with|getting)|placed (?:in|at|with)"
    r"|moved (?:to|from)|lives? (?:in|at)|taken to|pregnan|drunk|beaten|hit by|kicked)",
    re.IGNORECASE | re.ASCII,
)
DAY_OR_PLACE = re.compile(
    r"\b(?:on \d{1,2} [A-Z][a-z]{2,8}|(?:at|from|near) (?:the )?[A-Z][a-z]{2,14}"
    rf"|in (?:{MONTHS})|\d{{1,2}}/\d{{1,2}}/\d{{2,4}})\b"
)
UNDER_ONE_NAME = re.compile(r"\b(?:invented|template|national|training (?:script|pack))\b")


def children(text: str) -> Iterator[Detail]:
    for match in LETTER.finditer(text):
        if match["letter"] not in NO_LETTER:
            beside = f"{before(text, match.start())} {after(text, match.end())}"
            if (EVENT.search(beside) or DAY_OR_PLACE.search(beside)) and not UNDER_ONE_NAME.search(beside):
                yield Detail("a letter for a child beside an event", match[0])
    if text.isupper():  # then capitals tell no names: the first word may be one
        text = text.capitalize()
    for pattern in (STRONG, LETTER_OF_AGE, AGE_FIRST, PAIR):
        for match in pattern.finditer(text):
            if could_be_called(match["who"]):
                yield named(match["who"], match[0])
    for match in WEAK.finditer(text):
        if could_be_called(match["who"]) and is_an_age(text, match):
            yield named(match["who"], text[match.start() : match.start("then")])


def named(who: str, words: str) -> Detail:
    is_name = re.fullmatch(NAME, who)
    return Detail("a first name with an age" if is_name else "initials with an age", words)


def could_be_called(who: str) -> bool:
    return who.replace(".", "").replace(" ", "").casefold() not in NOT_A_PERSON


def is_an_age(text: str, match: re.Match[str]) -> bool:
    """Whether a number after a capitalised word is an age: by what follows it.

    A word that begins its sentence has its capital in any case, so there more is asked for.
    """
    who, then = match["who"], match["then"]
    if COUNTED.search(then):
        return False
    begins = not before(text, match.start()).strip(" “\"'(")
    if " turn" in match[0]:
        return True
    if re.fullmatch(NAME, who) and (begins or match["is"]):
        return bool(SAYS_MORE.search(then)) and not who.endswith(COMMON_ENDINGS)
    return bool(ENDS_THERE.search(then)) and (match["is"] is None or bool(SAYS_MORE.search(then)))
