"""Numbers that stand for one child or one place: of the health service, of schools, of cases; postcodes."""

import re
from collections.abc import Iterator

from gscp.personal.words import DASHES, FLAGS, Detail, listed

BETWEEN = rf"[ .{DASHES}]{{0,3}}"  # spaces, dots and every kind of dash
NHS_NUMBER = re.compile(rf"(?:(?<![\w-])|(?<=NHS))\d{{3}}{BETWEEN}\d{{3}}{BETWEEN}\d{{4}}(?![\w-])", FLAGS)
NHS_BEFORE = re.compile(r"\b(?:nhs|patient|hospital)\b[^;\n]{0,20}$", FLAGS)
# What else has ten digits.
OTHER_BEFORE = re.compile(
    r"\b(?:meeting|zoom|teams|webex|dial|phone|telephone|tel|mobile|fax|ring|call|extension|invoice|order|budget"
    r"|cost|code|account|charity|contract|licence|tracking|VAT|passcode|conference|job|grant|company|isbn)\b"
    r"[^.;\n]{0,25}$",
    FLAGS,
)
UPN = re.compile(r"(?<![A-Z\d])[A-HJ-NP-RT-Z]\d{11}[A-HJ-NP-RT-Z\d](?![A-Z\d])", FLAGS)
UPN_BEFORE = re.compile(r"\b(?:UPN|pupil|pupil[’']s|learner)\b[^;\n]{0,20}$", FLAGS)
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
# Source: the postcode areas of Royal Mail, which are facts. Other codes seldom begin like one.
AREAS = listed(
    "AB|AL|B|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|"
    "EC|EH|EN|EX|FK|FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|"
    "LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|"
    "SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE|ZZ"
)
INWARD = "[ABD-HJLNP-UW-Z]{2}"  # the letters C I K M O V are in none
POSTCODE = re.compile(
    rf"\b(?:{'|'.join(AREAS)})\d[A-Z\d]?(?:\s{{0,2}}\d{INWARD}|(?-i:\s{{1,2}}\d {INWARD}))\b", FLAGS
)
PLACE_IN_HOUSE = re.compile(r"\b(?:room|line|budget|form|course|cost code|car park)\b[^.;\n]{0,8}$", FLAGS)
SYSTEM = r"(?:liquidlogic|lcs|ehm|ics|mosaic|carefirst|niche|rms|systmone|early help|rio record)"
SUBJECT = (
    rf"(?:{SYSTEM}|cases?|crime|incident|occurrence|referral|client|child|person|family|file|patient|mash"
    r"|contact|service user|social care)"
)
LABEL = r"(?:identifier|id|number|num|no|reference|ref|record|case|file|occurrence|contact)"
NUMBER = r"#?[A-Z]{0,4}[-/]?\d[\dA-Z]{0,12}(?:[-/][\dA-Z]{1,12}){0,3}"
LABELLED = re.compile(
    rf"\b{SUBJECT}(?:[’']s)?[ ]{{0,2}}(?:{LABEL}\b[.:]{{0,2}}[ ]{{0,2}}){{1,3}}{NUMBER}\b", FLAGS
)
OF_SYSTEM = re.compile(rf"\b{SYSTEM}[:]?[ ]{{1,2}}{NUMBER}\b", FLAGS)
CASE = re.compile(rf"\bcases?[ ]{{1,2}}{NUMBER}\b", FLAGS)
DIGITS_OF_CASE = re.compile(r"\d{3}|\d[-/]\d", FLAGS)
YEAR = re.compile(r"(?:19|20)\d\d(?:[-/]\d\d(?:\d\d)?)?", FLAGS)


def numbers(text: str) -> Iterator[Detail]:
    for match in NHS_NUMBER.finditer(text):
        if is_nhs_number(match[0], text[max(0, match.start() - 60) : match.start()]):
            yield Detail("an NHS number", match[0])
    for match in UPN.finditer(text):
        if is_upn(match[0]) or UPN_BEFORE.search(text[max(0, match.start() - 40) : match.start()]):
            yield Detail("a unique pupil number", match[0])
    yield from (Detail("a case number", words) for words in case_numbers(text))
    for match in POSTCODE.finditer(text):
        if not PLACE_IN_HOUSE.search(text[max(0, match.start() - 30) : match.start()]):
            yield Detail("a postcode", match[0])


def is_nhs_number(text: str, before: str) -> bool:
    """Ten digits of which the last is the check digit (modulus 11), or which are called so.

    In groups of 3, 3 and 4 they are one without that, too: digits are typed wrongly. Not so what the words
    before it call something else.

    Source: NHS Data Dictionary, NHS number.
    """
    if NHS_BEFORE.search(before):
        return True
    digits = [int(character) for character in text if character.isdigit()]
    if digits[0] == 0 or OTHER_BEFORE.search(before):  # telephone numbers begin with 0
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(text) > len(digits) or check % 11 == digits[9]


def is_upn(text: str) -> bool:
    """A check letter and twelve digits, of which the last is a letter in a temporary one.

    Source: Department for Education, Unique pupil numbers: a guide for schools and local authorities.
    """
    letters = text.upper()
    values = [int(one) if one.isdigit() else UPN_LETTERS.index(one) for one in letters[1:]]
    total = sum(value * weight for value, weight in zip(values, range(2, 14), strict=True))
    return UPN_LETTERS[total % 23] == letters[0]


def case_numbers(text: str) -> Iterator[str]:
    taken: list[range] = []
    for pattern in (LABELLED, OF_SYSTEM, CASE):
        for match in pattern.finditer(text):
            number = re.split(r"[\s:.#]", match[0])[-1]
            is_year = pattern is CASE and YEAR.fullmatch(number)
            if (
                DIGITS_OF_CASE.search(number)
                and not is_year
                and not any(match.start() in one for one in taken)
            ):
                taken.append(range(match.start(), match.end()))
                yield match[0]
