"""Proposed mappings: the right columns of foreign files, and never a wrong one that looks sure (INT-05)."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keepwell.attributes import Attribute, Kind
from keepwell.imports.mapping import Source, Step
from keepwell.imports.objects import OBJECTS
from keepwell.imports.proposing import Proposal, propose
from keepwell.imports.proposing.names import words
from keepwell.playbook import read_bundle
from keepwell_aws.playbooks import default_bundle

PLAYBOOK = read_bundle(default_bundle())
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TELECOM = Path(__file__).parents[4] / "shared" / "data" / "telecom_accounts.csv"


def proposed(text: str, about: str = "accounts", *own: Attribute) -> Proposal:
    headers, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    catalogue = OBJECTS[about].columns_in(PLAYBOOK).extended(own)
    return propose(headers, rows, OBJECTS[about], catalogue, NOW)


def sure(proposal: Proposal) -> dict[str, str]:
    """The headers of what looks sure, by attribute."""
    return {each.attribute: each.header for each in proposal.columns if each.is_sure}


def to_look_at(proposal: Proposal) -> dict[str, str]:
    return {each.attribute: each.header for each in proposal.columns if not each.is_sure}


def source(proposal: Proposal, attribute: str) -> Source:
    [found] = [each.source for each in proposal.columns if each.attribute == attribute]
    return found


def open_questions(proposal: Proposal) -> list[str]:
    return [each.attribute for each in proposal.questions]


SALESFORCE = """\
Account ID,Account Name,Account Owner,Type,Industry,Annual Revenue,ARR__c,Contract_End_Date__c,Created Date,\
Last Activity,Number_of_Seats__c,Tier__c,NPS_Score__c,Open_Cases__c,Risk_Reasons__c
0015g0000AAV,Harbor Labs,Kim Berg,Customer,Software,"$1,250,000.00","$48,000.00",6/15/2027,1/12/2024,\
11/20/2026,120,Core,8,3,Budget;Adoption
0015g0000ABV,Cedar Foods,Ann Lee,Customer,Food,"$9,000,000.00","$12,500.00",11/30/2027,12/24/2025,\
11/19/2026,25,Light,9,1,Budget
"""


def test_an_export_of_salesforce() -> None:
    found = proposed(SALESFORCE)
    assert sure(found) == {
        "Account ID": "Account ID",
        "Account Name": "Account Name",
        "Customer Tier": "Tier__c",
        "Renewal Date": "Contract_End_Date__c",
        "Create Date": "Created Date",
        "Contract Value": "ARR__c",
        "Licenses": "Number_of_Seats__c",
        "NPS": "NPS_Score__c",
        "Open Ticket Count": "Open_Cases__c",
        "Risk Reason": "Risk_Reasons__c",
    }
    assert to_look_at(found) == {"Success Manager": "Account Owner"}  # a name is no address
    assert source(found, "Contract Value").then == (Step("number", "$1,234.56"),)
    assert source(found, "Renewal Date").then == (Step("date", "%m/%d/%Y"),)
    assert source(found, "Risk Reason").then == (Step("split", ";"), Step("join", ", "))
    assert open_questions(found) == ["Last Activity"]  # which Keepwell finds itself, of another thing
    assert [each.header for each in found.left_out] == ["Type", "Industry", "Annual Revenue"]


def test_an_export_of_hubspot() -> None:
    found = proposed(
        "Record ID,Company name,Company owner,Create Date,Lifecycle Stage,Annual Revenue,Last Contacted,"
        "Number of Associated Contacts,Renewal date,Country/Region\n"
        "91123401,Harbor Labs,kim@example.com,2024-01-12 09:30,Customer,1250000,2026-11-02 14:05,4,"
        "2027-06-15,DE\n"
        "91123402,Cedar Foods,ann@example.com,2025-03-04 10:00,Opportunity,9000000,,2,2027-11-30,FR\n"
    )
    assert sure(found) == {
        "Account ID": "Record ID",
        "Account Name": "Company name",
        "Success Manager": "Company owner",
        "Create Date": "Create Date",
        "Last Touch": "Last Contacted",
        "Renewal Date": "Renewal date",
    }
    assert (to_look_at(found), found.questions) == ({}, ())
    assert source(found, "Create Date").then == (Step("date", "%Y-%m-%d %H:%M"),)


def test_a_german_export() -> None:
    found = proposed(
        "Kundennummer,Firma,Kundenbetreuer,Vertragswert,Vertragsbeginn,Vertragsende,Kundenstatus,Lizenzen,"
        "Offene Tickets,Letzter Kontakt,Referenzkunde\n"
        'K-100,Hafen GmbH,kim@example.com,"48.000,00 €",12.01.2024,15.06.2027,aktiv,120,3,02.11.2026,ja\n'
        'K-101,Zeder AG,ann@example.com,"12.500,50 €",04.03.2025,30.11.2027,gekündigt,25,1,,nein\n'
    )
    assert sure(found) == {
        "Account ID": "Kundennummer",
        "Account Name": "Firma",
        "Success Manager": "Kundenbetreuer",
        "Contract Start Date": "Vertragsbeginn",
        "Renewal Date": "Vertragsende",
        "Last Touch": "Letzter Kontakt",
        "Contract Value": "Vertragswert",
        "Licenses": "Lizenzen",
        "Open Ticket Count": "Offene Tickets",
    }
    assert to_look_at(found) == {"Status": "Kundenstatus"}
    assert source(found, "Status").values == {"aktiv": "Paying", "gekündigt": "Churned"}
    assert source(found, "Contract Value").then == (Step("number", "€1.234,56"),)
    [left] = found.left_out
    assert (left.kind, left.source.values) == (Kind.YES_NO, {"ja": "yes", "nein": "no"})


def test_all_capitals_with_dates_that_can_be_read_in_two_ways() -> None:
    found = proposed(
        "CUST_NO,CUST_NAME,CSM,MRR,START DATE,RENEWAL DT,SEATS,STAT,TIER,HEALTH SCORE\n"
        "1001,HARBOR LABS,KIM@EXAMPLE.COM,4000,03/04/2024,05/06/2027,120,PAYING,CORE,88\n"
        "1002,CEDAR FOODS,ANN@EXAMPLE.COM,1000,04/05/2025,07/08/2027,25,TRIAL,LIGHT,90\n"
    )
    assert sure(found) == {
        "Account ID": "CUST_NO",
        "Account Name": "CUST_NAME",
        "Success Manager": "CSM",
        "Licenses": "SEATS",
        "Status": "STAT",
        "Customer Tier": "TIER",
    }
    assert to_look_at(found) == {"Contract Value": "MRR"}
    assert source(found, "Success Manager").then == (Step("lower"),)
    assert open_questions(found) == ["Contract Start Date", "Renewal Date", "Health Score"]
    assert [choice.then for choice in found.questions[0].choices] == [
        (Step("date", "%d/%m/%Y"),),
        (Step("date", "%m/%d/%Y"),),
    ]


def test_snake_case_where_one_column_settles_the_dates_of_another() -> None:
    found = proposed(
        "customer_id,customer_name,csm_email,annual_recurring_revenue,contract_start,renewal_date,seat_count,"
        "open_tickets,last_nps,success_plan\n"
        "c-1,Harbor Labs,kim@example.com,48000,03/04/2024,05/06/2027,120,3,8,y\n"
        "c-2,Cedar Foods,ann@example.com,12500.5,04/05/2025,31/08/2027,25,1,9,n\n"
    )
    assert sure(found) == {
        "Account ID": "customer_id",
        "Account Name": "customer_name",
        "Success Manager": "csm_email",
        "Renewal Date": "renewal_date",
        "Contract Value": "annual_recurring_revenue",
        "Licenses": "seat_count",
        "Open Ticket Count": "open_tickets",
        "NPS": "last_nps",
        "Success Plan": "success_plan",
    }
    assert to_look_at(found) == {"Contract Start Date": "contract_start"}
    assert source(found, "Contract Start Date").then == (Step("date", "%d/%m/%Y"),)
    assert source(found, "Success Plan").values == {"y": "yes", "n": "no"}


@pytest.mark.parametrize(
    ("about", "text", "expected"),
    [
        (
            "users",
            """\
Contact ID,First Name,Nachname,E-Mail,Primary Contact,Job Title,Associated Company ID
7,Kim,Berg,kim@example.com,true,CTO,91
""",
            {
                "User ID": "Contact ID",
                "Email": "E-Mail",
                "First Name": "First Name",
                "Last Name": "Nachname",
                "Key Contact": "Primary Contact",
                "Title": "Job Title",
                "Account ID": "Associated Company ID",
            },
        ),
        (
            "usage",
            "tenant_id,username,event_name,timestamp,area\nT1,ann,export,20.11.2026 09:30,Reports\n",
            {
                "Account ID": "tenant_id",
                "User ID": "username",
                "Action": "event_name",
                "Time": "timestamp",
                "Module": "area",
            },
        ),
        (
            "touchpoints",
            """\
Activity ID,Company ID,Activity Type,Activity Date,Subject,Attendees
1,91,Call,2026-11-20T09:30:00Z,Hello,"ann@example.com, bo@example.com"
""",
            {
                "Touchpoint ID": "Activity ID",
                "Account ID": "Company ID",
                "Type": "Activity Type",
                "Date": "Activity Date",
                "Subject": "Subject",
                "Participants": "Attendees",
            },
        ),
    ],
)
def test_files_about_what_belongs_to_accounts(about: str, text: str, expected: dict[str, str]) -> None:
    found = proposed(text, about)
    assert (sure(found), found.questions) == (expected, ())


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("state", "KS,OH,NJ"),
        ("Annual Revenue", "1250000,9000000,700000"),
        ("international_plan", "yes,no,no"),
        ("Account Type", "Customer,Prospect,Partner"),
        ("Contact Name", "Kim,Ann,Bo"),
        ("Update Date", "2026-01-12,2026-01-13,2026-01-14"),
        ("Contract Type", "Auto,Manual,Auto"),
        ("Contact Status", "open,closed,open"),
        ("Lifecycle Stage", "lead,customer,lead"),
        ("account_length", "128,107,137"),
        ("Renewal Date", "soon,later,never"),
        ("NPS", "-40,55,70"),
        ("Success Plan", "gold,silver,gold"),
        ("Amount", "100,200,300"),
        ("Status", "1,2,3"),
        ("Last Activity Date", "2026-01-12,2026-01-13,2026-01-14"),
        ("Health", "Good,Poor,Good"),
        ("Owner", "Kim,Ann,Bo"),
        ("Code", "x1,x2,x3"),
        ("End Date", "2026-01-12,2026-01-13,2026-01-14"),
        ("Contract Value", "1.234,2.500,12.000"),
        ("Contract Value", "500,2.500,0"),
        ("Contract Value", "12k,30k,1m"),
        ("Renewal", "03/04/26,04/05/26,05/06/26"),
    ],
)
def test_what_may_mislead_is_never_sure(header: str, cells: str) -> None:
    rows = "".join(f"A-{place},{cell}\n" for place, cell in enumerate(cells.split(",")))
    found = proposed(f"Account ID,{header}\n{rows}")
    assert sure(found) == {"Account ID": "Account ID"}


def test_a_name_that_is_only_alike_is_shown_but_never_sure() -> None:
    found = proposed("Account ID,Acount Name,Renewal Dats\nA-1,Harbor Labs,2027-06-15\n")
    assert to_look_at(found) == {"Account Name": "Acount Name", "Renewal Date": "Renewal Dats"}


def test_values_alone_tell_a_list_and_only_to_look_at() -> None:
    found = proposed("Account ID,Class\nA-1,Core\nA-2,light\n")
    assert to_look_at(found) == {"Customer Tier": "Class"}


def test_the_values_of_a_list_are_said_once_each_in_whatever_style() -> None:
    found = proposed(
        "Account ID,Onboarding Stage\nA-1,04_GO-LIVE\nA-2,kickoff\nA-3,N/A\nA-4,04_GO-LIVE\nA-5,Enablemnt\n"
    )
    assert to_look_at(found) == {"Onboarding Stage": "Onboarding Stage"}
    assert source(found, "Onboarding Stage").values == {
        "04_GO-LIVE": "Go Live",
        "Enablemnt": "Enablement",
        "N/A": "",
    }
    assert '"Enablemnt" as Enablement' in found.columns[1].doubt


def test_attributes_of_the_playbook_are_proposed_by_their_names_and_aliases() -> None:
    own = Attribute("Shoe Size", Kind.NUMBER, aliases=("Schuhgröße",))
    found = proposed('Account ID,schuhgroesse\nA-1,"42,5"\nA-2,"39,0"\n', "accounts", own)
    assert sure(found) == {"Account ID": "Account ID", "Shoe Size": "schuhgroesse"}
    assert source(found, "Shoe Size").then == (Step("number", "1.234,56"),)


def test_rows_that_would_be_rejected_are_told() -> None:
    rows = "".join(f"A-{row},{'unknown' if row % 4 == 0 else row % 10}\n" for row in range(20))
    [_, column] = proposed(f"Account ID,NPS\n{rows}").columns
    assert not column.is_sure
    assert '25% of the rows would be rejected, such as "unknown"' in column.doubt


def test_two_columns_for_one_attribute_are_a_question() -> None:
    found = proposed("Account ID,CSM,Owner\nA-1,kim@example.com,ann@example.com\n")
    [question] = found.questions
    assert (question.attribute, question.headers) == ("Success Manager", ("CSM", "Owner"))
    assert [choice.column for choice in question.choices] == ["CSM", "Owner"]
    assert sure(found) == {"Account ID": "Account ID"}


def test_the_better_of_two_columns_is_taken() -> None:
    found = proposed("Account ID,Renewal Date,End Date\nA-1,2027-06-15,2027-06-14\n")
    assert sure(found)["Renewal Date"] == "Renewal Date"
    assert [each.header for each in found.left_out] == ["End Date"]


class TestTheId:
    """Without it nothing can be imported, and a wrong one mixes accounts up."""

    def test_one_that_repeats_is_not_sure(self) -> None:
        rows = "".join(f"A-{row // 2},{row}\n" for row in range(10))
        [column] = proposed(f"Account ID,Extra\n{rows}").columns
        assert not column.is_sure
        assert "5 rows repeat an id" in column.doubt

    def test_a_missing_one_is_a_question_with_its_answers(self) -> None:
        found = proposed("Region,Branch,Ref,Use\nN,Oslo,x1,5.5\nN,Bergen,x2,5.7\nS,Oslo,x3,6\n")
        [question] = found.questions
        assert (question.attribute, question.needed) == ("Account ID", True)
        assert question.choices == (
            Source(column="Ref"),
            Source(columns=("Region", "Branch"), then=(Step("hash_id"),)),
            Source(row_number="row-{row}"),
        )

    def test_a_single_row_tells_nothing_of_it(self) -> None:
        [question] = proposed("Region,Branch\nN,Oslo\n").questions
        assert question.choices == (Source(row_number="row-{row}"),)

    def test_what_a_person_says_answers_it(self) -> None:
        found = proposed("Ref,Seats\nx1,5\nx2,5\n").with_source("Account ID", Source(column="Ref"))
        assert (sure(found), found.questions) == ({"Account ID": "Ref", "Licenses": "Seats"}, ())
        assert found.left_out == ()


def test_what_every_row_of_usage_needs_may_be_the_same_in_all() -> None:
    found = proposed("customer id,login,logged in at\nA-1,ann,2026-11-20\n", "usage")
    assert {each.attribute: each.choices for each in found.questions} == {
        "Module": (Source(constant="?"),),
        "Action": (Source(constant="?"),),
    }


def test_a_file_of_a_header_alone_is_proposed_by_its_names_but_nothing_in_it_is_sure() -> None:
    found = proposed("Account ID,Contract Value\n")
    assert (sure(found), set(to_look_at(found))) == ({}, {"Account ID", "Contract Value"})


TELECOM_HEADERS = (
    "state,account_length,area_code,international_plan,voice_mail_plan,number_vmail_messages,"
    "total_day_minutes,total_day_calls,total_intl_charge,number_customer_service_calls,churn\n"
)


def _of_the_telecom_file(found: Proposal) -> None:
    """No more than the id and two columns are to be mended by hand, and nothing looks sure."""
    assert sure(found) == {}
    assert to_look_at(found) == {"Status": "churn", "Open Ticket Count": "number_customer_service_calls"}
    assert source(found, "Status").values == {"no": "Paying", "yes": "Churned"}
    assert open_questions(found) == ["Account ID"]


def test_a_file_without_an_id_or_a_name_that_is_ours() -> None:
    rows = (
        "KS,128,area_code_415,no,yes,25,265.1,110,2.7,1,no\n"
        "OH,107,area_code_415,no,yes,26,161.6,123,3.7,1,no\n"
        "KS,128,area_code_408,yes,no,0,299.4,71,1.78,4,yes\n"
        "KS,128,area_code_408,yes,no,0,299.4,71,1.78,4,yes\n"
    )
    _of_the_telecom_file(proposed(TELECOM_HEADERS + rows))


@pytest.mark.skipif(
    not TELECOM.exists(), reason="the table of telecom customers is not kept in the repository"
)
def test_the_table_of_telecom_customers() -> None:
    """shared/data/telecom_accounts.csv beside the repository: 5,000 rows that no one here wrote."""
    _of_the_telecom_file(proposed(TELECOM.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("NumOpenTkts__c", ("number", "open", "ticket")),
        ("CUST_NO", ("customer", "number")),
        ("contractValue", ("contract", "value")),
        ("Verlängerung", ("verlaengerung",)),
        ("E-Mail", ("e", "mail")),
        ("ARR (EUR)", ("arr", "eur")),
        ("Status", ("status",)),
        ("名前", ()),
    ],
)
def test_the_words_of_a_header(header: str, expected: tuple[str, ...]) -> None:
    assert words(header) == expected
