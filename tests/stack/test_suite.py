from stack import suite


def test_words_that_name_no_file_are_options() -> None:
    places, options = suite._sorted_out(["tests/stack/test_suite.py::test_x", "-k", "x"])
    assert (places, options) == (["tests/stack/test_suite.py::test_x"], ["-k", "x"])


def test_without_a_place_every_folder_with_tests_is_run() -> None:
    places, options = suite._sorted_out(["-x"])
    assert "tests/stack" in places
    assert options == ["-x"]


def test_the_closing_line_counts_failed_checks_too() -> None:
    counts = {"tests": 10, "failures": 1, "errors": 1, "skipped": 2}
    assert suite._closing_line(counts, 1) == "6 passed, 3 failed, 2 skipped"
