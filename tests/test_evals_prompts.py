"""The command that renders the prompts of many requests."""

import json

from hugginggpt.evals.dataset import load_cases
from hugginggpt.evals.prompts import ROOMS, main, render_all
from hugginggpt.graph.request import Request


def test_every_request_of_our_own_fits():
    told = render_all([case.to_request() for case in load_cases()], ROOMS[0])
    assert (told.over, told.lost) == (0, 0)


def test_what_does_not_fit_is_counted():
    assert render_all([Request("word " * 9000)], 100).over == 1


def test_long_text_goes_under_a_name_and_is_not_lost():
    told = render_all([Request(f"Summarise: {'word ' * 9000}")], ROOMS[0])
    assert (told.over, told.lost) == (0, 0)


def test_requests_of_a_folder(tmp_path, capsys):
    rows = [{"id": "1", "user_request": "an {odd} \\ request"}]
    (tmp_path / "user_requests.json").write_text("\n".join(map(json.dumps, rows)))
    assert main(["--taskbench", str(tmp_path)]) == 0
    assert "TaskBench" in capsys.readouterr().out


def test_wrong_folder_is_named(tmp_path, capsys):
    assert main(["--taskbench", str(tmp_path / "gone")]) == 2
    assert "gone" in capsys.readouterr().err
