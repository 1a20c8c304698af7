"""The command line: exit codes, formats, what goes to stdout and what to stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import sim
from sim.cli.app import main

MODELS = Path(__file__).parent.parent / "models"
MM1 = str(MODELS / "mm1.yaml")
SCENARIO = """\
scenario: fast
title: A faster server
of: model.yaml
parameters: {service: 1.2}
"""
FAILING = """\
model: failing
time: {horizon: 5}
state: {x: {initial: 0.0, range: [0, 1]}}
events: {go: {at: 1, do: "x = normal(0.5, 0.5)"}}
outcomes: {end: {final: x}}
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Fulcrum = Callable[..., Done]


@pytest.fixture
def fulcrum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fulcrum:
    """Run the command line in this process."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["fulcrum", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        code = left.value.code
        assert code is None or isinstance(code, int)
        return Done(code or 0, found.out, found.err)

    return run


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, a scenario and experiments, and the working directory."""
    (tmp_path / "model.yaml").write_text((MODELS / "mm1.yaml").read_text(encoding="utf-8"))
    (tmp_path / "fast.yaml").write_text(SCENARIO)
    (tmp_path / "base.yaml").write_text("scenario: base\nof: model.yaml\n")
    (tmp_path / "failing.yaml").write_text(FAILING)
    (tmp_path / "plan.yaml").write_text(
        "experiment: plan\nscenarios: [base.yaml, fast.yaml]\nreplications: 30\nseed: 5\n"
    )
    (tmp_path / "grid.yaml").write_text(
        "experiment: grid\nof: model.yaml\nvary: {service: [1.0, 1.5]}\nreplications: 10\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("check", "model.yaml", "fast.yaml", "plan.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n    ", " ").splitlines() == [
        "model.yaml: ok, model 'mm1': 0 levers, 2 parameters, 1 state, 2 events, 1 outcome",
        "fast.yaml: ok, scenario 'fast': 0 levers, 2 parameters, 1 state, 2 events, 1 outcome",
        "plan.yaml: ok, experiment 'plan', 60 replications in all",
    ]
    assert fulcrum("check", "-q", "model.yaml").out == ""


def test_check_shows_every_fault_once(
    fulcrum: Fulcrum, study: Path, golden: Callable[[str, str], None]
) -> None:
    text = (study / "model.yaml").read_text()
    (study / "model.yaml").write_text(
        text.replace("queue -= 1", "qeue -= 1")
        .replace("rate: arrivals", "rate: arrivls * uniform(0, 1)")
        .replace("{final: queue}", "{finl: queue}")
        .replace("{assume: 1.0}", "{assume: 5, range: [0, 1]}")
    )
    (study / "fast.yaml").write_text(SCENARIO + "levers: {doze: 3}\nevents: {serve: {if: queue}}\n")
    done = fulcrum("check", "fast.yaml", "model.yaml")
    assert (done.code, done.out) == (2, "")
    golden("check.txt", done.err)


def test_check_notes_an_old_name(fulcrum: Fulcrum, study: Path) -> None:
    text = (study / "model.yaml").read_text()
    old = text.replace("{assume: 1.0}", "{assume: 1.0, between: [0, 2]}")
    (study / "model.yaml").write_text(old)
    done = fulcrum("check", "model.yaml")
    assert done.code == 0
    assert done.out.startswith("model.yaml: ok, model 'mm1'")
    assert done.err == (
        "model.yaml:6:26: deprecated: 'between' is now called 'range'\n"
        "  |\n"
        "6 |   service: {assume: 1.0, between: [0, 2]}\n"
        "  |                          ^^^^^^^\n"
    )


def test_check_warns_of_units_and_is_strict_where_asked(fulcrum: Fulcrum, study: Path) -> None:
    text = (study / "model.yaml").read_text()
    (study / "model.yaml").write_text(text + "  odd: {final: queue + now, unit: week}\n")
    line = len((study / "model.yaml").read_text().splitlines())
    message = "unit-mismatch: 'odd' is in week"
    done = fulcrum("check", "model.yaml", "fast.yaml", "plan.yaml")
    assert done.code == 0 and done.out.count(": ok, ") == 3
    assert done.err.startswith(f"model.yaml:{line}:16: warning: {message}")
    assert done.err.count(message) == 1 and done.err.endswith("\n1 warning\n")
    assert fulcrum("check", "-q", "model.yaml").err == ""
    strict = fulcrum("check", "--strict-units", "model.yaml", "fast.yaml")
    assert (strict.code, strict.out) == (2, "")
    assert strict.err.startswith(f"model.yaml:{line}:16: {message}")
    assert strict.err.endswith("\n1 error\n")


def test_units_of_an_overlay_and_of_targets_are_checked(fulcrum: Fulcrum, study: Path) -> None:
    overlay = "derived:\n  far: {formula: queue * 0 + now_is, unit: km}\n"
    overlay += "parameters:\n  now_is: {assume: 3, unit: day, why: A guess.}\n"
    (study / "fast.yaml").write_text(SCENARIO + overlay)
    assert "fast.yaml" in fulcrum("check", "plan.yaml").err
    targets = (
        "targets: t\nof: base.yaml\nvintage: ex_ante\noutcomes:\n  wrong: {mean: queue > 0, unit: km}\n"
        "entries: {a: {outcome: wrong, at: 0.5, range: [0, 1], why: A guess.}}\n"
    )
    (study / "targets.yaml").write_text(targets)
    assert "targets.yaml:5:34: warning: unit-mismatch" in fulcrum("check", "targets.yaml").err


def test_check_bounds_what_it_shows(fulcrum: Fulcrum, study: Path) -> None:
    entries = "".join(f"  e{i}: {{at: 1, nonsense: 1}}\n" for i in range(400))
    (study / "many.yaml").write_text(f"model: many\ntime: {{horizon: 1}}\nevents:\n{entries}")
    begun = time.perf_counter()
    done = fulcrum("check", "many.yaml")
    assert time.perf_counter() - begun < 15
    assert done.code == 2
    assert done.err.count("unknown-key") == 50


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("binary.yaml", b"\x00\x01\x02", "U+0000"),
        ("latin.yaml", "model: \xe9t\xe9".encode("latin-1"), "not UTF-8"),
        ("utf16.yaml", "model: x".encode("utf-16"), "not UTF-8"),
        ("empty.yaml", b"", "empty"),
        ("brackets.yaml", b"a: " + b"[" * 50_000, "too-deep"),
        ("large.yaml", b"a" * 2_000_000, "bytes"),
        ("png.yaml", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not UTF-8"),
    ],
)
def test_check_on_what_is_no_text(
    fulcrum: Fulcrum, study: Path, name: str, content: bytes, words: str
) -> None:
    (study / name).write_bytes(content)
    done = fulcrum("check", name)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_check_on_what_is_no_file(fulcrum: Fulcrum, study: Path) -> None:
    os.mkfifo(study / "pipe.yaml")
    (study / "folder.yaml").mkdir()
    (study / "locked.yaml").write_text("model: m")
    (study / "locked.yaml").chmod(0)
    for name in ("pipe.yaml", "folder.yaml", "missing.yaml", "/dev/zero"):
        done = fulcrum("check", name)
        assert (done.code, done.out) == (2, "")
        assert "no-file" in done.err
    if os.geteuid() != 0:
        assert "permission denied" in fulcrum("check", "locked.yaml").err


def test_trace(fulcrum: Fulcrum, study: Path) -> None:
    one = fulcrum("trace", "model.yaml", "--seed", 7)
    assert (one.code, one.err) == (0, "")
    assert one.out == fulcrum("trace", "model.yaml", "--seed", 7).out
    assert one.out != fulcrum("trace", "model.yaml", "--seed", 8).out
    assert one.out != fulcrum("trace", "model.yaml", "--seed", 7, "--replication", 1).out
    assert one.out != fulcrum("trace", "model.yaml", "--seed", 7, "--set", "service=3").out
    rows = json.loads(fulcrum("trace", "model.yaml", "--format", "json").out)
    assert {"time", "event"} <= set(rows[0])
    table = list(csv.reader(io.StringIO(fulcrum("trace", "model.yaml", "--format", "csv").out)))
    assert len(table) == len(rows) + 1


def test_trace_in_a_future(fulcrum: Fulcrum, tmp_path: Path) -> None:
    """The run that the page shows of a future is that of a replayed experiment."""
    folder = Path("scenarios/port_strike").resolve()
    file = folder / "mediate.yaml"
    size = ("--futures", 6, "-n", 3, "--seed", 5)
    told = fulcrum("trace", file, *size, "--future", 4, "--replication", 2, "--all")
    assert (told.code, told.err) == (0, "")
    experiment = sim.load([file], futures=6, replications=3, seed=5)
    story = told.out.partition("\n\nNext: ")[0].rstrip("\n")
    assert story == str(sim.replay(experiment, replication=2, future=4))
    assert "unknown-future" in fulcrum("trace", file, *size, "--future", 6).err
    for words in (("--future", 1), ("-n", 3), ("--independent",)):
        assert "go with --futures" in fulcrum("trace", file, *words).err
    assert "--against" in fulcrum("trace", file, *size, "--against", file).err


def test_run(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("run", "model.yaml", "-n", 20, "--kernel", "simpy", "--format", "json")
    (row,) = json.loads(done.out)
    assert (done.code, row["scenario"], row["outcome"], row["n"]) == (0, "mm1", "length", 20)
    assert "20 replications" in done.err
    quiet = fulcrum("run", "model.yaml", "-n", 20, "--kernel", "simpy", "--format", "json", "-q")
    assert (quiet.err, quiet.out) == ("", done.out)
    for form in ("table", "csv", "markdown"):
        assert "length" in fulcrum("run", "model.yaml", "-n", 5, "--format", form, "-q").out


def test_run_an_experiment(fulcrum: Fulcrum, study: Path) -> None:
    rows = json.loads(fulcrum("run", "grid.yaml", "--format", "json", "-q").out)
    assert [row["scenario"] for row in rows] == ["mm1 [service=1.0]", "mm1 [service=1.5]"]
    assert {row["n"] for row in rows} == {10}
    more = json.loads(fulcrum("run", "grid.yaml", "-n", 12, "--format", "json", "-q").out)
    assert {row["n"] for row in more} == {12}


def test_failed_replications_leave_with_1(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("run", "failing.yaml", "-n", 40, "--format", "json")
    assert done.code == 1
    (row,) = json.loads(done.out)
    assert row["failed"] + row["n"] == 40
    assert "event 'go', time 1" in done.err
    assert "failing.yaml:4:" in done.err
    assert "of 40 replications failed" in done.err


def test_a_failing_trace(fulcrum: Fulcrum, study: Path) -> None:
    text = FAILING.replace("normal(0.5, 0.5)", "2 + x")
    (study / "failing.yaml").write_text(text)
    done = fulcrum("trace", "failing.yaml")
    assert (done.code, done.out) == (1, "")
    assert "in event 'go' at time 1, replication 0" in done.err


def test_compare(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("compare", "base.yaml", "fast.yaml", "model.yaml", "-n", 40, "--format", "json")
    rows = json.loads(done.out)
    assert [row["scenario"] for row in rows] == ["base", "fast"]
    assert (rows[0]["verdict"], rows[0]["difference"]) == ("baseline", None)
    assert rows[1]["difference"] < 0
    other = fulcrum(
        "compare", "base.yaml", "fast.yaml", "--baseline", "fast", "-n", 40, "--format", "json"
    )
    back = json.loads(other.out)
    assert back[0]["difference"] == -rows[1]["difference"]
    table = fulcrum("compare", "base.yaml", "fast.yaml", "-n", 10, "-q").out
    assert "never a forecast" in table


def test_markup_is_shown_as_it_is(fulcrum: Fulcrum, study: Path) -> None:
    text = (study / "model.yaml").read_text()
    label = "[red]a[/red] [bold] <b>x</b> :smile: |"
    (study / "model.yaml").write_text(
        text.replace("{final: queue}", f"{{final: queue, label: '{label}', unit: '[/]'}}")
    )
    (study / "grid.yaml").write_text("experiment: g\nof: model.yaml\nvary: {service: [1.0, 1.5]}\n")
    shown = fulcrum("compare", "grid.yaml", "-n", 3, "-q").out
    joined = " ".join(shown.split())
    for word in ("[red]a[/red]", "[bold]", "<b>x</b>", ":smile:", "[/]", "service = 1.5"):
        assert word in joined
    assert joined.count("service = 1.5") == 2


def test_source(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("source", "model.yaml")
    assert done.code == 0
    assert "def fire_arrive(" in done.out
    assert "# model.yaml:" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "model.yaml", "--set", "service"], "LEVER=VALUE"),
        (["run", "model.yaml", "--set", "=3"], "LEVER=VALUE"),
        (["run", "model.yaml", "--set", "servce=3"], "did you mean 'service'?"),
        (["run", "model.yaml", "--set", "service="], "the value is missing"),
        (["run", "model.yaml", "--set", "service=fast"], "expected a number"),
        (["run", "model.yaml", "--set", "service=0x10"], "0x10"),
        (["run", "model.yaml", "--set", "service=1e999"], "1e999"),
        (["run", "model.yaml", "-n", "0"], "-n"),
        (["run", "model.yaml", "-n", "many"], "-n"),
        (["run", "model.yaml", "-n", "99999999999"], "above the limit"),
        (["run", "model.yaml", "--seed", "-1"], "--seed"),
        (["run", "model.yaml", "--format", "xml"], "--format"),
        (["run", "model.yaml", "--kernel", "fast"], "--kernel"),
        (["run", "grid.yaml", "--set", "service=3"], "varies"),
        (["run", "grid.yaml", "-n", "99999999999"], "above the limit"),
        (["run", "plan.yaml", "grid.yaml"], "one experiment"),
        (["run"], "files"),
        (["compare", "model.yaml", "--baseline", "mm"], "did you mean 'mm1'?"),
        (["compare", "base.yaml", "base.yaml"], "two scenarios are called 'base'"),
        (["compare", "base.yaml", "failing.yaml", "missing.yaml"], "no-file"),
        (["trace", "plan.yaml"], "kind 'experiment'"),
        (["trace", "missing.yaml"], "no-file"),
        (["trace", "model.yaml", "--replication", "-1"], "--replication"),
        (["chekc", "model.yaml"], "chekc"),
        (["run", "model.yaml", "--sede", "1"], "--sede"),
    ],
)
def test_bad_usage(fulcrum: Fulcrum, study: Path, words: list[str], said: str) -> None:
    done = fulcrum(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_study_s_files_are_told_apart(fulcrum: Fulcrum, study: Path) -> None:
    (study / "failing.yaml").unlink()
    files = sorted(study.glob("*.yaml"))
    rows = json.loads(fulcrum("compare", *files, "-n", 5, "--format", "json", "-q").out)
    assert [row["scenario"] for row in rows] == ["base", "fast"]


def test_what_is_ignored_is_reported(fulcrum: Fulcrum, study: Path) -> None:
    files = ("base.yaml", "fast.yaml", "model.yaml", "plan.yaml", "grid.yaml")
    done = fulcrum("compare", *files, "-n", 5)
    told = "ignored (not a scenario): model.yaml (model), plan.yaml (experiment), grid.yaml (experiment)"
    assert told in done.err
    assert "passed over" not in fulcrum("compare", "base.yaml", "fast.yaml", "-n", 5).err


def test_an_experiment_among_its_scenarios_is_run_as_its_file_alone(
    fulcrum: Fulcrum, study: Path
) -> None:
    """What `*.yaml` stands for in a folder gives the numbers of the folder."""
    alone = fulcrum("compare", "plan.yaml", "--format", "csv")
    among = fulcrum(
        "compare", "base.yaml", "fast.yaml", "model.yaml", "plan.yaml", "--format", "csv"
    )
    assert among.out == alone.out
    assert "seed 5" in among.err and "ignored" not in among.err


def test_futures_from_the_command_line(fulcrum: Fulcrum, study: Path) -> None:
    model = (study / "model.yaml").read_text()
    ranged = model.replace("service: {assume: 1.0}", "service: {assume: 1.0, range: [0.8, 1.5]}")
    (study / "model.yaml").write_text(ranged)
    for verb in ("compare", "run"):
        many = fulcrum(verb, "base.yaml", "fast.yaml", "--futures", 4, "-q", "--format", "markdown")
        assert "1,000 runs of each scenario: 4 futures × 250 replications" in many.out, many.err
    for words in (("--futures", 0), ("--central",)):
        for verb in ("compare", "run"):
            held = fulcrum(verb, "base.yaml", "fast.yaml", *words, "-q", "--format", "markdown").out
            assert "1,000 runs of each scenario" in held
            assert "assumptions held at central values" in held
    usual = fulcrum("compare", "base.yaml", "fast.yaml", "-n", 100, "-q").out
    assert "100 runs of each scenario: 20 futures × 5 replications" in usual.replace("\n", " ")
    assert "central values" not in usual
    large = fulcrum("run", "base.yaml", "--futures", 20_000_000, "-q")
    assert "20,000,000 futures × 5 replications" in large.err
    alone = fulcrum("robustness", "base.yaml", "fast.yaml", "--central")
    assert (alone.code, "add --futures 64" in alone.err) == (2, True)
    goal = fulcrum("robustness", "base.yaml", "--futures", 4, "-n", 3, "--outcome", "length")
    assert (goal.code, "no goal" in goal.err) == (2, True)


def test_a_table_for_people_rounds_and_says_what_it_is(fulcrum: Fulcrum, study: Path) -> None:
    for form in ("table", "markdown"):
        out = fulcrum("run", "model.yaml", "-n", 20, "-q", "--format", form).out
        assert "never a forecast" in out
        assert "95 % CI" in out.replace("\\", "")
        assert "20 runs of each scenario with the same random numbers." in out
        assert not re.search(r"\d\.\d{5}", out), out


def test_a_folder(fulcrum: Fulcrum, study: Path) -> None:
    (study / "failing.yaml").unlink()
    done = fulcrum("check", ".")
    assert (done.code, done.out.count(": ok")) == (0, len(list(study.glob("*.yaml"))))
    compared = fulcrum("compare", ".", "-n", 5)  # the scenarios of the study
    assert (compared.code, "reading base.yaml, fast.yaml" in compared.err) == (0, True)
    (study / ".hidden").mkdir()
    (study / ".hidden" / "wrong.yaml").write_text("nothing")
    assert fulcrum("check", ".").code == 0
    (study / "empty").mkdir()
    assert "holds no YAML file" in fulcrum("check", "empty").err


def test_replay_knows_its_rows(fulcrum: Fulcrum, study: Path) -> None:
    assert fulcrum("run", "plan.yaml", "-o", "out", "-q").code == 0
    assert fulcrum("replay", "out", "--replication", 29).code == 0
    given = fulcrum("plot", "out", "--chart", "timeline", "--seed", 5, "-o", "x.svg")
    assert (given.code, "do not apply" in given.err) == (2, True)
    rates = fulcrum("plot", "out", "--chart", "rates", "-n", 50, "-o", "x.svg")
    assert rates.code == 0, rates.err
    beyond = fulcrum("replay", "out", "--replication", 30)
    assert (beyond.code, beyond.out) == (2, "")
    assert "there is no replication 30: the last one is 29" in beyond.err


def test_twins_of_other_outcomes_share_what_they_have(fulcrum: Fulcrum, study: Path) -> None:
    (study / "more.yaml").write_text(
        "scenario: more\nof: model.yaml\noutcomes: {evil: {final: '1'}}\n"
    )
    for files in (("more.yaml", "fast.yaml"), ("fast.yaml", "more.yaml")):
        done = fulcrum("trace", files[0], "--against", files[1])
        assert (done.code, "length" in done.out, "evil" in done.out) == (0, True, False)


def test_a_lever_is_set_once(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("run", "model.yaml", "--set", "service=1", "--set", "service=2")
    assert (done.code, "'service' is set twice" in done.err) == (2, True)


def test_a_report_is_html(fulcrum: Fulcrum, study: Path) -> None:
    done = fulcrum("report", "model.yaml", "-o", "answer.pdf")
    assert (done.code, (study / "answer.pdf").exists()) == (2, False)
    assert "write answer.html" in done.err


def test_a_closed_pipe_is_no_fault(study: Path) -> None:
    command = f"{sys.executable} -m sim trace model.yaml | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_the_process_ends_when_all_is_said() -> None:
    """It takes a short way out, past neither threads nor what is to be done at exit."""
    code = """
import atexit, sys, threading, time
from sim.cli import process
atexit.register(print, "at exit")
def late():
    time.sleep(1)
    print("thread")
if "thread" in sys.argv:
    sys.argv.remove("thread")
    threading.Thread(target=late).start()
sys.argv = ["fulcrum", *sys.argv[1:]]
process()
"""

    def ended(*words: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout.splitlines()

    assert ended("--version") == (0, [f"fulcrum {sim.__version__}", "at exit"])
    assert ended("--version", "thread") == (0, [f"fulcrum {sim.__version__}", "thread", "at exit"])
    assert ended("check", "nothing.yaml") == (2, [])


def test_interrupted(study: Path) -> None:
    slow = (study / "model.yaml").read_text().replace("horizon: 50", "horizon: 20000")
    (study / "model.yaml").write_text(slow)
    command = [sys.executable, "-m", "sim", "run", "model.yaml", "-n", "5000", "--kernel", "simpy"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_alone_it_says_what_it_can(fulcrum: Fulcrum) -> None:
    done = fulcrum()
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: fulcrum")


def test_every_verb_can_be_quiet() -> None:
    from typer.main import get_command

    from sim.cli.app import app

    group = get_command(app)
    for name in group.list_commands(None):
        options = [word for option in group.get_command(None, name).params for word in option.opts]
        assert {"-q", "--quiet"} <= {*options}, name


@pytest.mark.parametrize("form", ["csv", "csv-eu"])
def test_rows_are_those_of_the_run(
    fulcrum: Fulcrum, study: Path, tmp_path: Path, form: str
) -> None:
    """A row per replication, read back to the same bits, also with decimal commas."""
    file = tmp_path / "rows.csv"
    told = fulcrum("run", "model.yaml", "-n", 7, "--futures", 3, "--rows", file, "--format", form)
    assert told.code == 0, told.err
    text = file.read_bytes().decode("utf-8-sig" if form == "csv-eu" else "utf-8")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf") == (form == "csv-eu")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if form == "csv-eu" else ","))
    frame = sim.run(sim.load("model.yaml", replications=7, futures=3)).to_pandas().reset_index()
    assert list(rows[0]) == list(frame)
    assert len(rows) == len(frame) == 21
    for name in frame.columns[3:-1]:
        assert [float(row[name].replace(",", ".") or "nan") for row in rows] == pytest.approx(
            frame[name].tolist(), abs=0, rel=0, nan_ok=True
        )
    assert {row["failed"] for row in rows} == {"0"}
    assert told.out.startswith("\ufeff") == (";" in told.out) == (form == "csv-eu")
    assert bool(re.search(r"\d\.\d", told.out)) == (form == "csv")


def test_rows_that_cannot_be_written_are_said_before_anything_runs(
    fulcrum: Fulcrum, study: Path, tmp_path: Path
) -> None:
    for words, code, said in (
        (["--rows", tmp_path / "no" / "rows.csv"], 74, "no folder"),
        (["--rows", tmp_path], 74, "is a folder"),
        (["--rows", "rows.csv", "-o", "out", "--part", "1/2"], 2, "Parquet shards"),
    ):
        done = fulcrum("run", "model.yaml", *words)
        assert (done.code, done.out) == (code, "")
        assert said in done.err
    assert not Path("out").exists()
