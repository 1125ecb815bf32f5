"""Hundreds of hostile files: each is refused by name or read, in 256 MiB and 10 seconds of work."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engines.hostile.cases import READ, REFUSED, Case
from tests.engines.hostile.contacts import contacts
from tests.engines.hostile.documents import documents
from tests.engines.hostile.objects import objects
from tests.engines.hostile.tables import tables

from unisono.engines.tabular import CODES

_MAX_MIB = 256
_MAX_SECONDS = 10
# Beyond this the child is stopped by the system: nothing that runs away takes the machine with it.
_ADDRESSES = 1024 * 1024 * 1024
# One line for each file, written before the next is opened, so that a crash can be laid at its door.
_CHILD = """
import json, re, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (%(addresses)d, %(addresses)d))
from unisono.engines.importable import detect, read_rows
from unisono.engines.tabular import TabularError
for path in map(Path, sys.argv[1:]):
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew for each file
    began = time.process_time()
    try:
        layout = detect(path)
        said = {"rows": sum(1 for row in read_rows(path, layout)), "code": ""}
    except TabularError as error:
        said = {"rows": 0, "code": error.code}
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps({"name": path.name, **said, "seconds": time.process_time() - began, "mib": peak}), flush=True)
"""

CORPUS: list[Case] = [*documents(), *objects(), *contacts(), *tables()]


def test_the_corpus_is_large_and_its_files_are_told_apart() -> None:
    assert len(CORPUS) >= 300
    assert len({case.name for case in CORPUS}) == len(CORPUS)
    assert [case.content() for case in documents()][:40] == [case.content() for case in documents()][:40]


@pytest.mark.parametrize("half", [0, 1])
def test_each_file_is_refused_by_name_or_read_within_its_limits(tmp_path: Path, half: int) -> None:
    chosen = CORPUS[half::2]
    paths = [str(case.write(tmp_path)) for case in chosen]
    child = subprocess.run(
        [sys.executable, "-c", _CHILD % {"addresses": _ADDRESSES}, *paths], capture_output=True, text=True, check=False
    )
    found = [json.loads(line) for line in child.stdout.splitlines()]
    assert child.returncode == 0, f"{chosen[len(found)].name}: {child.stderr[-2_000:]}"
    wrong = []
    for case, said in zip(chosen, found, strict=True):
        assert not said["code"] or said["code"] in CODES
        is_refused = bool(said["code"])
        if (case.outcome == REFUSED and not is_refused) or (case.outcome == READ and is_refused):
            wrong.append(f"{case.name}: {said['code'] or 'read'}, not {case.outcome}")
        if said["seconds"] > _MAX_SECONDS or said["mib"] > _MAX_MIB:
            wrong.append(f"{case.name}: {said['seconds']:.1f} s, {said['mib']:.0f} MiB")
    assert not wrong, "\n".join(wrong)
