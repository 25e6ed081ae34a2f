"""Awkward tables as plans come in, each with what must be read of it, or the doubt that must stand instead.

A table is drawn one row a line, its cells parted by “|”. “<” is merged with the cell on its left, “^” with the one
above it; “/” between spaces is a line break within a cell. What is expected is one line for each row: its kind,
and after “;” the fields that count here. A doubt with “!” must be answered.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    table: str
    expected: str
    doubts: str = ""

    @property
    def lines(self) -> list[list[str]]:
        return [
            [cell.strip().replace(" / ", "\n") for cell in line.strip().split("|")]
            for line in self.table.strip().splitlines()
        ]

    @property
    def kinds_of_doubt(self) -> set[str]:
        return set(filter(None, self.doubts.split(", ")))

    @property
    def rows(self) -> list[tuple[str, dict[str, str]]]:
        rows = []
        for line in self.expected.strip().splitlines():
            kind, *fields = (part.strip() for part in line.split(";"))
            rows.append((kind, dict(field.split("=", 1) for field in fields)))
        return rows


CASES = [
    Case(
        "seven published columns",
        """
        # | Strategic Driver | Title | Action | Priority | Who | Further Actions Identified
        001 | Working Together | Hub | Expand the hub | High | MASH Subgroup Chair : Gloucestershire County Council | None yet
        002 | An audit | | Go on with it | Medium | Gloucestershire CCG, Gloucestershire Constabulary |
        """,
        """
        heading
        action; ref=001; title=Hub; action=Expand the hub; priority=High; who=MASH Subgroup Chair
        action; ref=002; title=; driver=An audit; who=NHS Gloucestershire Clinical Commissioning Group, Gloucestershire Constabulary
        """,
    ),
    Case(
        "two heading rows with merged cells",
        """
        No | Action | Lead | < | Timescale
        ^ | ^ | Post | Organisation | ^
        1 | Audit the threshold | QiiP Subgroup Chair | Gloucestershire CCG | 30/09/2021
        2 | Train the staff | Executive Chair | Gloucestershire Constabulary | Ongoing
        """,
        """
        heading
        heading
        action; ref=1; who=QiiP Subgroup Chair, NHS Gloucestershire Clinical Commissioning Group; due=2021-09-30 day
        action; ref=2; due=None ongoing
        """,
        "two headings",
    ),
    Case(
        "a heading above all columns of quarters",
        """
        No | Action | Who | Progress | < | < | <
        ^ | ^ | ^ | Q1 | Q2 | Q3 | Q4
        1 | Audit the threshold | QiiP Subgroup | Begun | Half done | Done |
        2 | Train the staff | MASH Subgroup | | Begun | |
        """,
        """
        heading
        heading
        action; ref=1; progress=Progress – Q1: Begun / Progress – Q2: Half done / Progress – Q3: Done
        action; ref=2; progress=Progress – Q2: Begun
        """,
        "two headings",
    ),
    Case(
        "group rows merged across",
        """
        No | Action | Owner | By when
        Priority 1: Neglect | < | < | <
        1.1 | Publish the toolkit | QiiP Subgroup | Sept 2021
        1.2 | Measure its use | QiiP Subgroup | March 2022
        Priority 2: Exploitation | < | < | <
        2.1 | Land the strategy | MASH Subgroup | 2021/22
        """,
        """
        heading
        group; theme=Priority 1: Neglect
        action; ref=1.1; theme=Priority 1: Neglect; due=2021-09-30 month
        action; ref=1.2; theme=Priority 1: Neglect; due=2022-03-31 month
        group; theme=Priority 2: Exploitation
        action; ref=2.1; theme=Priority 2: Exploitation; due=2022-03-31 year
        """,
    ),
    Case(
        "group rows of two levels",
        """
        No | Action | Owner | By when
        Priority 1 Neglect | | |
        Objective 1 Earlier help | | |
        1 | Publish the toolkit | QiiP Subgroup | Q2 2021/22
        Objective 2 Better plans | | |
        2 | Measure its use | QiiP Subgroup | Q4 2021/22
        Priority 2 Exploitation | | |
        Objective 3 The strategy | | |
        3 | Land the strategy | MASH Subgroup | 2021-Q3
        """,
        """
        heading
        group
        group
        action; theme=Priority 1 Neglect – Objective 1 Earlier help; due=2021-09-30 quarter
        group
        action; theme=Priority 1 Neglect – Objective 2 Better plans; due=2022-03-31 quarter
        group
        group
        action; theme=Priority 2 Exploitation – Objective 3 The strategy; due=2021-09-30 quarter
        """,
    ),
    Case(
        "driver merged over several actions",
        """
        Ref | Why | Action | Lead | Deadline
        A1 | Section 11 duties | Check the returns | QiiP Subgroup | 31 December 2021
        A2 | ^ | Ask for proof | QiiP Subgroup | 31 January 2022
        A3 | A review | Publish the learning | MASH Subgroup | 1 March 2022
        """,
        """
        heading
        action; ref=A1; driver=Section 11 duties
        action; ref=A2; driver=Section 11 duties
        action; ref=A3; driver=A review
        """,
        "merged",
    ),
    Case(
        "a title that spans two actions",
        """
        # | Title | Action | Who
        1 | Safeguarding Hub | Expand the structure | MASH Subgroup
        2 | ^ | Keep the focus | MASH Subgroup
        """,
        """
        heading
        action; ref=1; title=Safeguarding Hub
        action; ref=2; title=
        """,
        "merged title",
    ),
    Case(
        "a list within a cell",
        """
        No | What will we do? | Who? | When?
        1 | • Publish the toolkit / • Train the staff / • Measure its use | QiiP Subgroup / MASH Subgroup | by March 2022
        2 | Land the strategy | Executive | April 2021 – March 2022
        """,
        """
        heading
        action; ref=1; action=• Publish the toolkit / • Train the staff / • Measure its use; who=QiiP Subgroup, MASH Subgroup
        action; ref=2; due=2022-03-31 month
        """,
    ),
    Case(
        "owners with nothing between them",
        """
        No | Action | Who
        1 | Expand the hub | MASH Subgroup ChairQiiP Subgroup Chair
        2 | Share the data | Gloucestershire CCG Gloucestershire Constabulary Gloucestershire County Council
        3 | Land the strategy | Child Exploitation and Missing Subgroup ChairGloucestershire Constabulary
        """,
        """
        heading
        action; who=MASH Subgroup Chair, QiiP Subgroup Chair
        action; who=NHS Gloucestershire Clinical Commissioning Group, Gloucestershire Constabulary, Gloucestershire County Council
        action; who=Child Exploitation and Missing Subgroup Chair
        """,
    ),
    Case(
        "roles with commas inside",
        """
        No | Action | Lead officer(s)
        1 | Expand the hub | Head of Safeguarding, Quality and Improvement
        2 | Share the data | Executive Chair, MASH Subgroup Chair and QiiP Subgroup Chair
        """,
        """
        heading
        action; who=?Head of Safeguarding, Quality and Improvement
        action; who=Executive Chair, MASH Subgroup Chair, QiiP Subgroup Chair
        """,
        "names!",
    ),
    Case(
        "people instead of posts",
        """
        No | Action | By whom
        1 | Expand the hub | Jane Smith
        2 | Share the data | Bob O'Neil, Ann Lee & QiiP Subgroup Chair
        3 | Meet the schools | Jane Smith (MASH Subgroup Chair)
        """,
        """
        heading
        action; who=?Jane Smith
        action; who=?Bob O'Neil, ?Ann Lee, QiiP Subgroup Chair
        action; who=MASH Subgroup Chair
        """,
        "people!, likely names",
    ),
    Case(
        "nobody yet",
        """
        No | Action | Owner
        1 | Expand the hub | TBC
        2 | Share the data | MASH Subgroup
        """,
        """
        heading
        action; who=?TBC
        action; who=MASH Subgroup
        """,
        "no owner!",
    ),
    Case(
        "a chair named the other way round",
        """
        No | Action | Owner
        1 | Expand the hub | Chair of the MASH Sub-Group
        2 | Share the data | Gloucestershire Constabullary
        """,
        """
        heading
        action; who=MASH Subgroup Chair
        action; who=Gloucestershire Constabulary
        """,
        "likely names",
    ),
    Case(
        "transposed",
        """
        Action | Publish the toolkit | Measure its use | Land the strategy
        Lead | QiiP Subgroup | QiiP Subgroup | MASH Subgroup
        Timescale | 30/09/2021 | 31/03/2022 | Ongoing
        Priority | High | Low | Medium
        """,
        """
        heading
        action; action=Publish the toolkit; who=QiiP Subgroup; due=2021-09-30 day; priority=High
        action; action=Measure its use; due=2022-03-31 day; priority=Low
        action; action=Land the strategy; due=None ongoing; priority=Medium
        """,
        "turned, numbers",
    ),
    Case(
        "a form for one action",
        """
        Action | Publish the toolkit and tell all agencies
        Lead | QiiP Subgroup
        Timescale | 30/09/2021
        Progress | Not much
        """,
        """
        heading
        action; action=Publish the toolkit and tell all agencies; who=QiiP Subgroup; progress=Not much
        """,
        "turned, numbers",
    ),
    Case(
        "a matrix of risks that is no plan",
        """
        Likelihood | 1 Rare | 2 Unlikely | 3 Likely
        3 Severe | 3 | 6 | 9
        2 Moderate | 2 | 4 | 6
        1 Minor | 1 | 2 | 3
        """,
        """
        unknown
        unknown
        unknown
        unknown
        """,
        "no plan!",
    ),
    Case(
        "a rota that is no plan",
        """
        Week | Monday | Tuesday | Wednesday
        1 | MASH | QiiP | MASH
        2 | QiiP | MASH | QiiP
        """,
        """
        unknown
        unknown
        unknown
        """,
        "no plan!",
    ),
    Case(
        "totals and a legend beneath",
        """
        No | Action | Lead | RAG
        1 | Expand the hub | MASH Subgroup | Green
        2 | Share the data | QiiP Subgroup | Red
        Total | 2 | |
        Key | | |
        Green | On track | |
        Red | Off track | |
        """,
        """
        heading
        action; rating=Green
        action; rating=Red
        total
        legend
        legend
        legend
        """,
    ),
    Case(
        "a legend in one line above",
        """
        Business Plan 2021/22 | | |
        Key: Green = on track, Red = off track | | |
        No | Action | Lead | RAG
        1 | Expand the hub | MASH Subgroup | G
        2 | Share the data | QiiP Subgroup | R
        """,
        """
        heading
        legend
        heading
        action; rating=Green
        action; rating=Red
        """,
    ),
    Case(
        "agencies as columns of ticks",
        """
        No | Action | Gloucestershire County Council | Gloucestershire Constabulary | Gloucestershire CCG | By when
        1 | Expand the hub | ✓ | | ✓ | 30/06/2021
        2 | Share the data | | ✓ | | 30/09/2021
        """,
        """
        heading
        action; who=Gloucestershire County Council, NHS Gloucestershire Clinical Commissioning Group
        action; who=Gloucestershire Constabulary
        """,
    ),
    Case(
        "quarters as columns of ticks",
        """
        No | Action | Lead | Q1 | Q2 | Q3 | Q4
        1 | Expand the hub | MASH Subgroup | x | | |
        2 | Share the data | QiiP Subgroup | | | x |
        """,
        """
        heading
        action; due=2021-06-30 quarter
        action; due=2021-12-31 quarter
        """,
        "likely dates",
    ),
    Case(
        "levels as columns of ticks",
        """
        No | Action | Lead | High | Medium | Low
        1 | Expand the hub | MASH Subgroup | X | |
        2 | Share the data | QiiP Subgroup | | | X
        """,
        """
        heading
        action; priority=High
        action; priority=Low
        """,
    ),
    Case(
        "numbering that restarts",
        """
        No | Action | Lead
        Neglect | |
        1 | Expand the hub | MASH Subgroup
        2 | Share the data | QiiP Subgroup
        Exploitation | |
        1 | Land the strategy | MASH Subgroup
        2 | Train the staff | QiiP Subgroup
        """,
        """
        heading
        group
        action; ref=1; theme=Neglect
        action; ref=2; theme=Neglect
        group
        action; ref=1; theme=Exploitation
        action; ref=2; theme=Exploitation
        """,
        "numbers restart!",
    ),
    Case(
        "a doubled reference",
        """
        No | Action | Lead
        1 | Expand the hub | MASH Subgroup
        2 | Share the data | QiiP Subgroup
        2 | Land the strategy | MASH Subgroup
        """,
        """
        heading
        action; ref=1
        action; ref=2
        action; ref=2
        """,
        "double number!",
    ),
    Case(
        "progress in rows of its own",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        Progress: the hub met twice in May | | |
        2 | Share the data | QiiP Subgroup | July 2021
        Update (June): nothing yet | | |
        """,
        """
        heading
        action; ref=1; progress=Progress: the hub met twice in May
        continuation
        action; ref=2; progress=Update (June): nothing yet
        continuation
        """,
        "progress row",
    ),
    Case(
        "progress in rows of its own, in two cells",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        | Progress | The hub met twice in May |
        2 | Share the data | QiiP Subgroup | July 2021
        | Progress | Nothing yet |
        """,
        """
        heading
        action; ref=1; progress=Progress / The hub met twice in May
        continuation
        action; ref=2; progress=Progress / Nothing yet
        continuation
        """,
        "progress row",
    ),
    Case(
        "an action that goes on in the next row",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        | and invite the schools | |
        2 | Share the data | QiiP Subgroup | July 2021
        | | MASH Subgroup |
        """,
        """
        heading
        action; ref=1; action=Expand the hub / and invite the schools
        continuation
        action; ref=2; who=QiiP Subgroup, MASH Subgroup
        continuation
        """,
        "continuation",
    ),
    Case(
        "one number over several lines",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        ^ | Invite the schools | QiiP Subgroup | July 2021
        2 | Share the data | QiiP Subgroup | July 2021
        """,
        """
        heading
        action; ref=1; action=Expand the hub / Invite the schools; who=MASH Subgroup, QiiP Subgroup
        continuation
        action; ref=2
        """,
        "one number",
    ),
    Case(
        "an action merged over several owners",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        ^ | ^ | QiiP Subgroup | ^
        2 | Share the data | Executive | July 2021
        """,
        """
        heading
        action; ref=1; who=MASH Subgroup, QiiP Subgroup; due=2021-06-30 month
        continuation
        action; ref=2; who=Executive
        """,
        "merged",
    ),
    Case(
        "headings repeated on each page",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        No | Action | Lead | Due
        2 | Share the data | QiiP Subgroup | July 2021
        """,
        """
        heading
        action; ref=1
        heading
        action; ref=2
        """,
    ),
    Case(
        "a second table beneath with other columns",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        Further objectives | | |
        Ref | Deliverable | Responsible | Deadline
        2 | Share the data | QiiP Subgroup | July 2021
        """,
        """
        heading
        action; ref=1
        group
        heading
        action; ref=2; theme=Further objectives; action=Share the data; due=2021-07-31 month
        """,
    ),
    Case(
        "priority is a theme",
        """
        No | Priority | Action | Lead
        1 | Neglect | Publish the toolkit | QiiP Subgroup
        2 | Neglect | Measure its use | QiiP Subgroup
        3 | Exploitation | Land the strategy | MASH Subgroup
        """,
        """
        heading
        action; theme=Neglect; priority=
        action; theme=Neglect
        action; theme=Exploitation
        """,
    ),
    Case(
        "priority is a number, and may be either",
        """
        No | Priority | Action | Lead
        1 | 1 | Publish the toolkit | QiiP Subgroup
        2 | 3 | Measure its use | QiiP Subgroup
        3 | 2 | Land the strategy | MASH Subgroup
        """,
        """
        heading
        action; priority=High
        action; priority=Low
        action; priority=Medium
        """,
        "level or theme!, likely priorities",
    ),
    Case(
        "priority on another scale",
        """
        No | Priority | Action | Lead
        1 | Urgent | Publish the toolkit | QiiP Subgroup
        2 | M | Measure its use | QiiP Subgroup
        3 | Whenever | Land the strategy | MASH Subgroup
        4 | H | Train the staff | MASH Subgroup
        5 | L | Share the data | MASH Subgroup
        """,
        """
        heading
        action; priority=High; extra.Priority=Urgent
        action; priority=Medium; extra.Priority=M
        action; priority=; extra.Priority=Whenever
        action; priority=High
        action; priority=Low
        """,
        "likely priorities, priorities!",
    ),
    Case(
        "colours in the column of statuses, blue for complete",
        """
        No | Action | Lead | Status
        1 | Expand the hub | MASH Subgroup | Green
        2 | Share the data | QiiP Subgroup | Blue
        3 | Land the strategy | QiiP Subgroup | Amber/Red
        4 | Train the staff | QiiP Subgroup | Amber
        5 | Meet the schools | QiiP Subgroup | Green – on track
        """,
        """
        heading
        action; rating=Green; status=
        action; rating=; status=Complete; extra.Status=Blue
        action; rating=; extra.Status=Amber/Red
        action; rating=Amber
        action; rating=Green; extra.Status=Green – on track
        """,
        "likely ratings, ratings!",
    ),
    Case(
        "statuses of another scale",
        """
        No | Action | Lead | Status
        1 | Expand the hub | MASH Subgroup | Done
        2 | Share the data | QiiP Subgroup | Underway
        3 | Land the strategy | QiiP Subgroup | Not started
        4 | Train the staff | QiiP Subgroup | Parked
        """,
        """
        heading
        action; status=Complete; extra.Status=Done
        action; status=In progress
        action; status=Not started
        action; status=; extra.Status=Parked
        """,
        "likely statuses, statuses!",
    ),
    Case(
        "timescales of all kinds",
        """
        No | Action | Lead | Timescale
        1 | Expand the hub | Executive | 01/02/2022
        2 | Share the data | Executive | by end of Sept 2021
        3 | Land the strategy | Executive | Q3
        4 | Train the staff | Executive | End of financial year
        5 | Meet the schools | Executive | On-going
        6 | Ask the children | Executive | As soon as the strategy is agreed
        7 | Ask the parents | Executive | 31 June 2021
        8 | Ask the staff | Executive | September
        9 | Write it up | Executive | Draft June 2021, final September 2021
        """,
        """
        heading
        action; due=2022-02-01 day
        action; due=2021-09-30 month
        action; due=2021-12-31 quarter
        action; due=2022-03-31 year
        action; due=None ongoing
        action; due=None
        action; due=None
        action; due=2021-09-30 month
        action; due=None
        """,
        "likely dates, words for a date, no such date!",
    ),
    Case(
        "no heading row",
        """
        1 | Expand the structure of the hub to all agencies | MASH Subgroup Chair | 30/09/2021 | High
        2 | Share the data between the agencies each month | QiiP Subgroup Chair | 31/12/2021 | Low
        3 | Land the strategy for exploitation in full | Executive Chair | Ongoing | Medium
        """,
        """
        action; ref=1; who=MASH Subgroup Chair; due=2021-09-30 day; priority=High
        action; ref=2; who=QiiP Subgroup Chair; due=2021-12-31 day; priority=Low
        action; ref=3; who=Executive Chair; due=None ongoing; priority=Medium
        """,
        "no headings!",
    ),
    Case(
        "no heading names the action",
        """
        No | Commitment | Lead | Deadline | RAG
        1 | Expand the structure of the hub to all agencies | MASH Subgroup | June 2021 | Green
        2 | Share the data between the agencies each month | QiiP Subgroup | July 2021 | Amber
        """,
        """
        heading
        action; ref=1; action=Expand the structure of the hub to all agencies
        action; ref=2; action=Share the data between the agencies each month
        """,
        "action column!",
    ),
    Case(
        "a short action beside a long one",
        """
        No | Action | Description | Lead
        1 | The hub | Expand the structure of the hub to all agencies | MASH Subgroup
        2 | The data | Share the data between the agencies each month | QiiP Subgroup
        """,
        """
        heading
        action; title=The hub; action=Expand the structure of the hub to all agencies
        action; title=The data
        """,
        "column",
    ),
    Case(
        "the theme printed once",
        """
        Theme | No | Action | Lead
        Neglect | 1 | Publish the toolkit | QiiP Subgroup
        | 2 | Measure its use | QiiP Subgroup
        Exploitation | 3 | Land the strategy | MASH Subgroup
        """,
        """
        heading
        action; ref=1; theme=Neglect
        action; ref=2; theme=Neglect
        action; ref=3; theme=Exploitation
        """,
        "filled",
    ),
    Case(
        "ditto marks",
        """
        No | Action | Lead | Due
        1 | Publish the toolkit | QiiP Subgroup | June 2021
        2 | Measure its use | ditto | "
        """,
        """
        heading
        action; who=QiiP Subgroup
        action; who=QiiP Subgroup; due=2021-06-30 month
        """,
        "filled",
    ),
    Case(
        "columns without a field",
        """
        No | Action | Lead | Cost centre | Start date | How will we know? | Milestones
        1 | Publish the toolkit | QiiP Subgroup | 4711 | 01/04/2021 | Fewer repeat referrals | Draft in May
        2 | Measure its use | QiiP Subgroup | 4712 | 01/05/2021 | A report | Data in June
        """,
        """
        heading
        action; due=None; extra.Cost centre=4711; extra.Start date=01/04/2021; extra.How will we know?=Fewer repeat referrals
        action; extra.Milestones=Data in June
        """,
    ),
    Case(
        "several dates, one of them due",
        """
        No | Action | Lead | Start date | Target date | Date completed | Review date
        1 | Publish the toolkit | QiiP Subgroup | 01/04/2021 | 30/06/2021 | 05/07/2021 | 01/09/2021
        2 | Measure its use | QiiP Subgroup | 01/05/2021 | 30/09/2021 | | 01/10/2021
        """,
        """
        heading
        action; due=2021-06-30 day; extra.Date completed=05/07/2021
        action; due=2021-09-30 day; extra.Review date=01/10/2021
        """,
    ),
    Case(
        "references of every kind",
        """
        Ref | Action | Lead
        1(a) | Expand the hub | MASH Subgroup
        CE/04 | Share the data | QiiP Subgroup
        2.1.3 | Land the strategy | QiiP Subgroup
        R7 | Train the staff | QiiP Subgroup
        """,
        """
        heading
        action; ref=1(a)
        action; ref=CE/04
        action; ref=2.1.3
        action; ref=R7
        """,
    ),
    Case(
        "one row without a number",
        """
        No | Action | Lead | Priority
        1 | Expand the hub | MASH Subgroup | High
        | Share the data | QiiP Subgroup | Low
        3 | Land the strategy | QiiP Subgroup | Low
        """,
        """
        heading
        action; ref=1
        action; ref=; action=Share the data
        action; ref=3
        """,
        "no number",
    ),
    Case(
        "a number and an owner, and no action",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        2 | | QiiP Subgroup | July 2021
        """,
        """
        heading
        action; ref=1
        action; ref=2; action=
        """,
        "no action!",
    ),
    Case(
        "a numbered heading among actions",
        """
        No | Action | Lead | Due
        1 | Neglect | |
        1.1 | Expand the hub | MASH Subgroup | June 2021
        1.2 | Share the data | QiiP Subgroup | July 2021
        2 | Exploitation | |
        2.1 | Land the strategy | MASH Subgroup | June 2021
        """,
        """
        heading
        group; ref=1; theme=Neglect
        action; ref=1.1; theme=1 Neglect
        action; ref=1.2; theme=1 Neglect
        group; ref=2; theme=Exploitation
        action; ref=2.1; theme=2 Exploitation
        """,
        "group",
    ),
    Case(
        "a line at the end that may be anything",
        """
        No | Action | Lead | Due
        1 | Expand the hub | MASH Subgroup | June 2021
        2 | Share the data | QiiP Subgroup | July 2021
        Agreed by the Executive on 3 May 2021 | | |
        """,
        """
        heading
        action
        action
        unknown
        """,
        "row!",
    ),
    Case(
        "footnotes and the page's foot",
        """
        No | Action | Lead | Due
        1 | Expand the hub * | MASH Subgroup | June 2021
        * subject to funding | | |
        Page 1 of 2 | | |
        Note: dates are of the financial year | | |
        """,
        """
        heading
        action
        legend
        legend
        legend
        """,
    ),
    Case(
        "the same column twice",
        """
        No | Action | Lead | Comments | Comments
        1 | Expand the hub | MASH Subgroup | Met in May | Funded
        2 | Share the data | QiiP Subgroup | | Late
        """,
        """
        heading
        action; progress=Comments: Met in May / Comments: Funded
        action; progress=Comments: Late
        """,
    ),
    Case(
        "responsible group beside lead",
        """
        No | Action | Lead | Subgroup | Outcome | Next steps
        1 | Expand the hub | MASH Subgroup Chair | MASH Subgroup | Children are safer | Hold a review
        """,
        """
        heading
        action; who=MASH Subgroup Chair; outcome=Children are safer; further_actions=Hold a review; extra.Subgroup=MASH Subgroup
        """,
    ),
    Case(
        "one column only",
        """
        Action
        Expand the structure of the hub
        Share the data between agencies
        """,
        """
        unknown
        unknown
        unknown
        """,
        "no plan!",
    ),
    Case(
        "headings only",
        """
        No | Action | Lead | Due
        """,
        """
        unknown
        """,
        "no plan!",
    ),
]
