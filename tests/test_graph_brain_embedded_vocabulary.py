"""The planner's words: readable data, loaded once."""

from concurrent.futures import ThreadPoolExecutor

from hugginggpt.graph.brain.embedded import vocabulary as words
from hugginggpt.graph.brain.embedded.cues import cue_table
from hugginggpt.tools.kinds import KINDS


def test_the_words_are_read_once_whatever_thread_asks() -> None:
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: (words.vocabulary(), cue_table()), range(16)))
    assert len({(id(a), id(b)) for a, b in read}) == 1


def test_every_pattern_compiles() -> None:
    table = words.read_toml("patterns.toml")
    named = [(group, name) for group in table if group != "macros" for name in table[group]]
    assert all(words.patterns(group, name) for group, name in named)


def test_products_are_of_existing_kinds() -> None:
    assert words.vocabulary().products.keys() <= KINDS.keys()


def test_about_sixty_languages_are_known_by_iso_codes() -> None:
    codes = set(words.vocabulary().languages.values())
    assert len(codes) >= 60
    assert all(len(code) == 2 and code.islower() for code in codes)


def test_no_name_stands_for_two_languages() -> None:
    named = [name for names in words.read_toml("languages.toml").values() for name in names]
    assert len(named) == len(set(named))
