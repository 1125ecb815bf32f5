"""The check: what each row would do, what is doubtful and why, what is wrong and how to mend it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.areas.network.importing_world import Importer

from unisono.areas.network import importing
from unisono.areas.network.importing import actions as import_actions
from unisono.areas.network.importing.checking import Checker
from unisono.areas.network.importing.matching import similarity
from unisono.areas.network.models import Membership, Network, Organization
from unisono.engines.tabular import ReadOptions, detect, read_rows
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import Conflict, Invalid
from unisono.platform.models import Job

pytestmark = pytest.mark.django_db
Add = Callable[..., Membership]


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


def test_a_check_saves_no_record(importer: Importer) -> None:
    batch = importer.check("Company,City\nAurland Cider,Aurland\nVoss Bakery,Voss\n")
    assert batch.state == "checked"
    assert importer.counts(batch) == {"new": 2}
    assert not Organization.objects.exists()


def test_wrong_cells_are_named_with_row_and_column(importer: Importer) -> None:
    mapping = {
        "columns": {"member": {"Company": "name", "Joined": "joined_on", "Mail": "email"}},
        "date_order": "dmy",
    }
    batch = importer.check("Company,Joined,Mail\nA,31.02.2021,post@a.no\nB,28.02.2021,nobody\n,01.01.2020,\n", mapping)
    assert importer.counts(batch) == {"wrong": 3}
    problems = [row.problems[0] for row in batch.rows.order_by("number")]
    said = [(problem["place"], problem["rule"], problem["remedy"]) for problem in problems]
    assert said == [
        ("row 2, column Joined", "“31.02.2021” is no date.", "Write it as 2021-02-28."),
        ("row 3, column Mail", "“nobody” is no e-mail address.", "Write it as name@example.org."),
        ("row 4, column Company", "A value is needed.", "Fill it in, or leave the row out."),
    ]


def test_a_row_with_more_cells_than_headings_is_wrong(importer: Importer) -> None:
    rows = "".join(f"Firm {n},Voss\n" for n in range(30))
    batch = importer.check(f"Company,City\n{rows}A, B and C,Voss\n")
    assert importer.counts(batch) == {"new": 30, "wrong": 1}
    assert "1 cells more" in importer.row(batch, 32).problems[0]["rule"]


def test_rows_match_by_key_then_by_name(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", key="k1", place="Aurland")
    add_member("Voss Bakery", place="Voss")
    batch = importer.check("Company,Key,City\nAurland Cider AS,k1,Flåm\nvoss   BAKERY,,\nNew,k3,\n")
    assert importer.counts(batch) == {"update": 2, "new": 1}
    assert importer.row(batch, 2).changes["place"] == ["Aurland", "Flåm"]


def test_an_organisation_that_is_no_member_becomes_one(importer: Importer, actor: Actor, network: Network) -> None:
    from unisono.areas.network.actions import add_record
    from unisono.areas.network.kinds import ORGANIZATION

    organization = add_record(actor=actor, network=network, kind=ORGANIZATION, values={"name": "Aurland Cider"})
    batch = importer.bring_in("Company,Level\nAurland Cider,Gold\n")
    member = Membership.objects.get()
    assert (member.organization_id, member.tier) == (organization.pk, "Gold")
    importer.undo(batch)
    assert not Membership.objects.exists()
    assert Organization.objects.filter(pk=organization.pk).exists()


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ("Sogn Boats,k1,", ["same key", "another name"]),
        ("Aurland Cider,k2,", ["same name", "another key"]),
        ("Aurland Cider House,,https://cider.no/", ["same website cider.no", "both names have “aurland cider”"]),
        ("Aurland Apples,,https://www.cider.no", ["it is known by this other name", "same website"]),
    ],
)
def test_what_is_like_a_member_is_asked_about(
    importer: Importer, add_member: Add, row: str, reasons: list[str]
) -> None:
    add_member("Aurland Cider", key="k1", website="https://www.cider.no/about", aliases="Aurland Apples")
    batch = importer.check(f"Company,Key,Web\n{row}\n")
    assert importer.counts(batch) == {"decide": 1}
    candidate = importer.row(batch, 2).candidate
    assert (candidate["name"], candidate["reasons"]) == ("Aurland Cider", reasons)
    assert 0.5 < candidate["score"] < 1


def test_what_is_unlike_is_not_asked_about(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", website="https://github.com/cider")
    add_member("Voss Bakery", website="https://shop.no/")
    text = "Company,Web\nAurland Cider Two,https://github.com/two\nStryn Kayak,https://shop.no/\n"
    assert importer.counts(importer.check(text)) == {"new": 2}


def test_rows_of_the_file_are_compared_with_each_other(importer: Importer) -> None:
    batch = importer.check("Company,Key\nSAP,k1\nSAP Labs,k1\nAurland Cider,\nAurland cider,\n")
    assert importer.counts(batch) == {"new": 2, "decide": 2}
    assert importer.row(batch, 3).candidate["row"] == 2
    assert importer.row(batch, 5).candidate["reasons"] == ["same name as row 4"]


def test_similarity_looks_at_the_words_that_differ() -> None:
    assert similarity("aurland cider as", "aurland cider") == 0.95
    assert similarity("sap", "sap labs") == 0.8
    assert similarity("public organization camel", "public organization moose") < 0.5
    assert similarity("laerdal smoked trout", "laerdal smoked trouts") > 0.8


def test_empty_cells_say_nothing(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", place="Aurland", tier="Gold", tags="food; fruit")
    batch = importer.check("Company,City,Level,Tags\nAurland Cider,,,\n")
    assert importer.counts(batch) == {"same": 1}


def test_rows_of_several_kinds_find_each_other_in_any_order(importer: Importer) -> None:
    mapping = {
        "kind_column": "Kind",
        "kinds": {"firm": "member", "offer": "offering", "need": "need", "who": "person", "*": "skip"},
        "columns": {
            "member": {"Name": "name"},
            "offering": {"Name": "name", "Of": "owners"},
            "need": {"Name": "statement", "Of": "membership"},
            "person": {"Name": "name", "Of": "organizations"},
        },
    }
    text = (
        "Kind,Name,Of\noffer,Cider tasting,Aurland Cider\nneed,Guests in spring,Aurland Cider\nwho,Kari,Aurland Cider\n"
        "need,Boats,Nobody\nwho,Ola,Nobody\nfirm,Aurland Cider,\nnote,ignored,\noffer,Free map,\n"
    )
    batch = importer.check(text, mapping)
    assert importer.counts(batch) == {"new": 5, "wrong": 2, "left_out": 1}
    assert importer.row(batch, 5).problems[0]["place"] == "row 5, column Of"
    batch = importer.apply(batch)
    assert batch.counts["created"] == {"member": 1, "offering": 2, "need": 1, "person": 1}
    assert importer.counts(importer.check(text, mapping)) == {"same": 5, "wrong": 2, "left_out": 1}


def test_a_short_form_is_asked_about_and_other_letters_are_not(importer: Importer, add_member: Add) -> None:
    """A row that is called by initials only is never taken for the other without a person."""
    add_member("Sogn Maritime Forum", website="https://smf.example", place="Sogndal")
    batch = importer.check("Company,City,Web\nSMF,Sogndal,https://www.smf.example/\nHotel Utsikten,Aurland,\n")
    row = importer.row(batch, 2)
    assert (row.status, row.candidate["name"]) == ("decide", "Sogn Maritime Forum")
    assert any("first letters of the other name" in reason for reason in row.candidate["reasons"])
    assert importer.row(batch, 3).status == "new"
    # At another place it is less likely, and still a person's to decide; other letters are nobody's.
    other = importer.check("Company,City\nSMF,Tromsø\nSMB,Sogndal\n")
    elsewhere = importer.row(other, 2)
    assert elsewhere.status == "decide" and elsewhere.candidate["score"] < row.candidate["score"]
    assert importer.row(other, 3).status == "new"


def test_a_doubtful_row_is_decided(importer: Importer, add_member: Add) -> None:
    member = add_member("Aurland Cider", key="k1")
    batch = importer.check("Company,Key\nSogn Boats,k1\nAurland Cider,k2\n")
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="same")
    assert importer.counts(batch) == {"update": 1, "decide": 1}
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="")
    assert importer.counts(batch) == {"decide": 2}
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="same")
    assert importing.decide_rows(**importer.where, batch_id=batch.pk, decision="leave_out") == 1
    importer.apply(batch)
    organization = Organization.objects.get()
    # The directory keeps its name, and knows the one of the file as another.
    assert (organization.pk, organization.name) == (member.organization_id, "Aurland Cider")
    assert organization.aliases == ["Sogn Boats"]
    # The next import knows the answer.
    assert importer.counts(importer.check("Company,Key\nSogn Boats,k1\n")) == {"same": 1}


def test_decisions_are_kept_by_a_new_check_of_the_same_file(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", key="k1")
    batch = importer.check("Company,Key\nSogn Boats,k1\n")
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="different")
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=batch.mapping))
    assert importer.counts(batch) == {"new": 1}
    importer.apply(batch)
    assert Organization.objects.get(name="Sogn Boats").key == ""


def test_what_makes_no_sense_to_decide_is_refused(importer: Importer) -> None:
    batch = importer.check("Company,Joined\nA,\nB,never\n")
    for number, decision in ((2, "same"), (3, "leave_out")):
        with pytest.raises(Conflict):
            importing.decide_row(**importer.where, batch_id=batch.pk, number=number, decision=decision)
    with pytest.raises(Invalid):
        importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="perhaps")


def test_a_wrong_row_is_mended_in_place(importer: Importer) -> None:
    batch = importer.check("Company,Joined\nA,31.02.2021\nB,2020-01-01\n")
    row = importing.fix_row(**importer.where, batch_id=batch.pk, number=2, cells={"Joined": "2021-02-28"})
    assert (row.status, row.problems) == ("new", [])
    row = importing.fix_row(**importer.where, batch_id=batch.pk, number=3, cells={"Company": "a"})
    assert (row.status, row.candidate["row"]) == ("decide", 2)
    assert importer.counts(batch) == {"new": 1, "decide": 1}
    with pytest.raises(Invalid):
        importing.fix_row(**importer.where, batch_id=batch.pk, number=2, cells={"Nonsense": "x"})
    # A new check reads the file again, and keeps what was mended.
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=batch.mapping))
    assert importer.counts(batch) == {"new": 1, "decide": 1}


def test_mending_a_row_reads_the_directory_before_it_holds_anything(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = importer.check("Company,Joined\nA,31.02.2021\n")
    depths: list[int] = []
    build = Checker

    def built(*args: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return build(*args)

    monkeypatch.setattr(import_actions, "Checker", built)
    before = len(connection.savepoint_ids)
    row = importing.fix_row(**importer.where, batch_id=batch.pk, number=2, cells={"Joined": "2021-02-28"})
    assert (row.status, depths) == ("new", [before])


def test_wrong_rows_are_downloaded_and_can_be_imported(importer: Importer, network: Network, tmp_path: object) -> None:
    batch = importer.check("Company,Joined\nA,31.02.2021\nB,2020-01-01\n=C,never\n")
    content = b"".join(importing.wrong_rows_csv(importer.actor, network, batch))
    path = tmp_path / "wrong.csv"  # type: ignore[operator]
    path.write_bytes(content)
    layout = detect(path, ReadOptions())
    assert layout.headers == ["Company", "Joined", "problem"]
    assert [row.cells[0] for row in read_rows(path, layout)] == ["A", "=C"]
    mended = content.replace(b'"31.02.2021"', b'"2021-02-28"').replace(b'"never"', b'"2021-03-01"')
    second = importer.start(mended)
    mapping = importing.suggested_mapping(second).mapping
    importer.run(importing.set_mapping(**importer.where, batch_id=second.pk, mapping=mapping))
    assert importer.counts(second) == {"new": 2}


def test_a_file_that_breaks_half_way_fails_by_name_and_keeps_no_row(importer: Importer) -> None:
    batch = importer.start(b"Company\n" + b"A\n" * 3_000 + b'"B\n' + b"C" * 99 + b"\n" * 2)
    path_content = b"Company\n" + b"".join(b"Firm %d\n" % n for n in range(3_000)) + b"Bad\0\n"
    batch = importer.start(path_content)
    mapping = {"columns": {"member": {"Company": "name"}}}
    job = jobs.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping), importer.actor)
    assert job.state == Job.State.FAILED
    batch = importer.again(batch)
    assert batch.state == "failed"
    assert batch.problems[0]["place"] == "members.csv, row 3002"
    assert not batch.rows.exists()


def test_a_cancelled_check_goes_back_to_the_columns(importer: Importer) -> None:
    batch = importer.start("Company\n" + "".join(f"Firm {n}\n" for n in range(2_500)))
    job = importing.set_mapping(
        **importer.where, batch_id=batch.pk, mapping={"columns": {"member": {"Company": "name"}}}
    )

    def stop(done: int, total: int | None) -> None:
        if done:
            jobs.cancel(actor=importer.actor, job_id=job.pk)

    assert jobs.run(job, importer.actor, watch=stop).state == Job.State.CANCELLED
    assert importer.again(batch).state == "columns"


def test_a_check_cancelled_before_it_began_goes_back_too(importer: Importer) -> None:
    batch = importer.start("Company\nA\n")
    job = importing.set_mapping(
        **importer.where, batch_id=batch.pk, mapping={"columns": {"member": {"Company": "name"}}}
    )
    assert importer.again(batch).state == "checking"
    jobs.cancel(actor=importer.actor, job_id=job.pk)
    assert importer.again(batch).state == "columns"


def test_decisions_outlive_a_check_that_is_stopped(importer: Importer, add_member: Add) -> None:
    add_member("Aurland Cider", key="k1")
    batch = importer.check("Company,Key\nSogn Boats,k1\n" + "".join(f"Firm {n},\n" for n in range(1_500)))
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="different")
    job = importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=batch.mapping)

    def stop(done: int, total: int | None) -> None:
        jobs.cancel(actor=importer.actor, job_id=job.pk)

    assert jobs.run(job, importer.actor, watch=stop).state == Job.State.CANCELLED
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=batch.mapping))
    assert importer.row(batch, 2).decision == "different"
    # A decision taken back stays taken back.
    importing.decide_row(**importer.where, batch_id=batch.pk, number=2, decision="")
    importer.run(importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=batch.mapping))
    assert importer.row(batch, 2).status == "decide"


def test_an_import_stopped_while_it_compares_anew_does_not_stay_half_checked(
    importer: Importer, add_member: Add
) -> None:
    batch = importer.check("Company\n" + "".join(f"Firm {n}\n" for n in range(2_500)))
    add_member("Aurland Cider")
    job = importing.apply_import(**importer.where, batch_id=batch.pk)

    def stop(done: int, total: int | None) -> None:
        if done:
            jobs.cancel(actor=importer.actor, job_id=job.pk)

    assert jobs.run(job, importer.actor, watch=stop).state == Job.State.CANCELLED
    assert importer.again(batch).state == "columns"
