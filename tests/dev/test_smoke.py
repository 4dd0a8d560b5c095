"""`make smoke` itself, as scripts rely on it: both customers come to live, and its last line says so."""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.timeout(300)
def test_both_customers_come_to_live() -> None:
    own = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}  # not the servers of this run
    run = subprocess.run([sys.executable, "-m", "dev", "smoke"], capture_output=True, text=True, env=own)
    assert run.stdout, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert (run.returncode, told["ok"]) == (0, True), run.stdout[-3000:]
    assert (told["confirmations"], told["typed_ids"]) == (5, 0)
    assert (told["by_hand"]["typed_ids"], told["by_hand"]["pasted_values"]) == (0, 4)
    for way in (told, told["by_hand"]):
        assert set(way["steps"].values()) == {"done"}
        assert min(way["postings_synced"], way["applications_delivered"], way["conversions_delivered"]) > 0
