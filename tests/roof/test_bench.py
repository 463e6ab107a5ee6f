"""Tests of `scripts/bench`: a tiny run ends with one line of JSON that holds every figure, and what makes a row worthless is told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from marketplace.world.measure.answers import lacking

ROOT = Path(__file__).resolve().parents[2]
TINY = ("--products", "200", "--vendors", "12", "--buyers", "3", "--rounds", "1", "--seconds", "0.3", "--sequence", "20", "--json")
FIGURES = {"ratio_to_floor", "wall_ratio", "postgres_cpu_ratio", "p50_ms", "p95_ms", "p99_ms", "transactions_per_request", "failed"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_tiny_run_ends_with_one_line_that_holds_every_figure() -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [str(ROOT / "scripts" / "bench"), *TINY], cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert [row["test"] for row in report["results"]] == ["detail", "detail_signed_in", "list", "comparison", "order", "comparison_50"]
    for row in report["results"]:
        assert set(row) >= FIGURES
        assert row["failed"] == 0
        assert row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
        assert min(row["ratio_to_floor"], row["wall_ratio"]) > 0
        # In rounds as short as these PostgreSQL may not have used a whole tick of the clock that counts it.
        assert row["postgres_cpu_ratio"] >= 0
    assert set(report["results"][-2]) >= {"worker_cpu_ms", "story_ms"}
    assert set(report) >= {"memory_mb", "up_seconds", "cores"}
    assert (report["seed"]["products"], report["seed"]["offers"]) == (200, 2000)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_worlds_of_other_sizes_are_asked_in_turn_and_compared() -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [str(ROOT / "scripts" / "bench"), *TINY, "--scale", "200", "600"], cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    small, large = json.loads(done.stdout.splitlines()[-1])["results"]
    assert [small["test"], large["test"]] == ["comparison among 200 offers", "comparison among 600 offers"]
    assert small["p95_ratio"] == 1.0
    assert large["p95_ratio"] == pytest.approx(large["p95_ms"] / small["p95_ms"], abs=0.02)
    assert all(row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] for row in (small, large))


def test_an_answer_with_less_in_it_than_the_floors_is_told() -> None:
    floor = {"title": "Bench product 1", "brand": "Brand 1", "description": "Long enough.", "attributes": {"width_mm": 1}}
    assert lacking("detail", floor, {**floor, "more": 1}) == ""
    assert lacking("detail_signed_in", floor, {**floor, "description": "Short"}) == "shorter: description"
    assert lacking("comparison", [1, 2], {"offers": [1]}) == "fewer offers"
    assert lacking("comparison", [1, 2], {"offers": [1, 2]}) == ""
    assert lacking("list", [1], {"items": []}) == "fewer products"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_catalogues_of_other_sizes_are_searched_in_turn_and_compared() -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [str(ROOT / "scripts" / "bench"), "--sequence", "40", "--json", "--catalogue", "300", "900"],
        cwd="/", capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(done.stdout.splitlines()[-1])["results"]
    assert [(row["test"], row["products"]) for row in rows] == [
        (name, products) for name in ("search statement", "search", "facets", "list", "detail") for products in (300, 900)
    ]
    assert all(0 < row["p50_ms"] <= row["p95_ms"] and row["p95_ratio"] > 0 for row in rows)
