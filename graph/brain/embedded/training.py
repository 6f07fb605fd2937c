"""Trains the planner's network on views of the examples; needs torch. `fit` calls it.

Beside the examples it learns from pairs of them, said one after the other, from words with typos,
and with words left out: requests hold several wishes and mistakes in every combination.
"""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from hugginggpt.graph.brain.embedded.learned.network import (
    CONVOLUTIONS,
    GRAMS,
    Network,
    grams_of,
    key_of,
    static_vectors,
    words_of,
)
from hugginggpt.graph.brain.embedded.learned.views import NAMES, View, signs, situation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

_WIDTH, _OWN, _LETTERS, _REACH = 192, 32, 32, 3
"""Numbers a word has within the network, and of its own, and of its letters; words at a time."""
_EPOCHS, _BATCH, _RATE, _DECAY, _DROPPED = 9, 128, 4e-3, 0.05, 0.3
_AGREE = 0.5
"""How much it counts that a request is read alike whatever is left out."""
_LEAST_STEPS = 20
"""In fewer there is no tenth of them in which the rate could rise."""
_FEW = 2000
"""Fewer requests are sooner learned from here than in processes of their own."""
_FREQUENT = 2
"""Words that so many requests hold have a vector of their own."""
_PAIRS = 0.5
"""So many pairs of examples are learned from, beside each example once, in each epoch."""
_TYPOS, _UNKNOWN, _LEFT_OUT = 0.08, 0.15, 0.05
"""Shares of words with a typo, of words taken for unknown, of words left out."""
_TOGETHER = 16
"""Of so many batches the requests are sorted by length, so that little is filled up."""
_VARIANTS = 3
"""Typos that are tried of each word."""
_SHORT = 4
"""Shorter words have no typos."""


class Corpus(NamedTuple):
    """Requests as numbers: what is read of them, and what is to be learned."""

    requests: Sequence[Sequence[int]]
    """Words by their place in `words`."""
    words: Sequence[str]
    typos: Tensor
    """For each word some that it may be mistyped as; shape (words, variants)."""
    static: Tensor
    grams: Tensor
    """Runs of letters of each word, filled up with `GRAMS`."""
    situations: Tensor
    signs: Tensor
    labels: Tensor
    joinable: frozenset[int]
    """Requests that may be said one after the other: those that follow no earlier turn."""


def corpus_of(views: Sequence[View], labels: Numbers) -> Corpus:
    """The requests as numbers, in float32."""
    texts = [words_of(view) for view in views]
    words = {word: place for place, word in enumerate(dict.fromkeys(w for t in texts for w in t))}
    chance = random.Random(0)  # noqa: S311 - no secret
    typos = [[_typo(word, chance) for _ in range(_VARIANTS)] for word in list(words)]
    for word in dict.fromkeys(word for row in typos for word in row):
        words.setdefault(word, len(words))
    places = [[words[typo] for typo in row] for row in typos]
    places += [[place] * _VARIANTS for place in range(len(typos), len(words))]
    runs = [torch.tensor(grams_of(word)) for word in words]
    return Corpus(
        [[words[word] for word in text] for text in texts],
        list(words),
        torch.tensor(places),
        torch.from_numpy(static_vectors(list(words))),
        pad_sequence(runs, batch_first=True, padding_value=GRAMS),
        torch.from_numpy(np.stack([situation(view) for view in views])),
        torch.from_numpy(np.stack([signs(view) for view in views])),
        torch.from_numpy(labels.astype(np.float32)),
        frozenset(row for row, view in enumerate(views) if not view.earlier),
    )


def _typo(word: str, chance: random.Random) -> str:
    """The word with a letter left out, doubled, changed, or two exchanged."""
    if len(word) < _SHORT or word.startswith("⟨"):
        return word
    at = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    kinds = (before + after, f"{before}{letter}{letter}{after}",
             before + chance.choice("aeioutnrsl") + after,
             f"{before}{after[0]}{letter}{after[1:]}")  # fmt: skip
    return chance.choice(kinds)


def train_all(
    corpus: Corpus, parts: Sequence[NDArray[np.intp]], tell: Callable[[], None]
) -> list[Network]:
    """A network for each part, the rows that it is fitted to; `tell` hears of each.

    Each is fitted on one core, since sums are rounded otherwise on more, and two at once.
    """
    if len(corpus.requests) < _FEW:
        return [_told(train(corpus, part.tolist()), tell) for part in parts]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=spawn) as pool:
        jobs = [pool.submit(train, corpus, part.tolist()) for part in parts]
        for job in jobs:
            job.add_done_callback(lambda _: tell())
        return [job.result() for job in jobs]


def _told(network: Network, tell: Callable[[], None]) -> Network:
    tell()
    return network


def train(corpus: Corpus, rows: Sequence[int], seed: int = 0) -> Network:
    """The network, fitted to these rows on one core; the same on the same machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _trained(corpus, rows, seed)
    finally:
        torch.set_num_threads(threads)


def _trained(corpus: Corpus, rows: Sequence[int], seed: int) -> Network:
    torch.manual_seed(seed)
    own = _frequent(corpus, rows)
    model = Model(corpus, len(own))
    steps = _EPOCHS * max(1, _entries(len(rows)) // _BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _RATE, total_steps=max(steps + 1, _LEAST_STEPS), pct_start=0.1
    )
    chance = random.Random(seed)  # noqa: S311 - no secret
    for batch in _batches(corpus, rows, own, chance):
        first, second = model(corpus, _twice(batch)).chunk(2)
        loss = _loss(first, second, batch.labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return network_of(model, corpus, own)


def _loss(first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
    """How wrong two readings of the same requests are, and how far apart (Wu et al. 2021, R-Drop).

    They differ in what is left out at random.
    """
    both = [
        functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        for logits in (first, second)
    ]
    apart = (first.sigmoid() - second.sigmoid()) * (first - second)
    return ((both[0] + both[1]) / 2 + _AGREE * apart).sum(dim=1).mean()


def _frequent(corpus: Corpus, rows: Sequence[int]) -> dict[int, int]:
    """Words with a vector of their own: place in the corpus -> row of the vector."""
    spread = Counter(word for row in rows for word in set(corpus.requests[row]))
    kept = sorted(word for word, count in spread.items() if count >= _FREQUENT)
    return {word: row for row, word in enumerate(kept)}


def _entries(count: int) -> int:
    return count + int(_PAIRS * count)


class Batch(NamedTuple):
    """Requests to learn from at a time."""

    words: Tensor
    """Places of words in the corpus; shape (requests, longest)."""
    own: Tensor
    """Rows of their own vectors."""
    is_word: Tensor
    situations: Tensor
    signs: Tensor
    labels: Tensor


def _twice(batch: Batch) -> Batch:
    """The same requests, and once more below them."""
    return Batch(*(torch.cat([each, each]) for each in batch))


def _batches(
    corpus: Corpus, rows: Sequence[int], own: dict[int, int], chance: random.Random
) -> Iterator[Batch]:
    """All rows and some pairs of them, in another order in each epoch, the long ones together."""
    joinable = [row for row in rows if row in corpus.joinable]
    for _ in range(_EPOCHS):
        entries: list[tuple[int, ...]] = [(row,) for row in rows]
        pairs = range(_entries(len(rows)) - len(rows))
        entries += [(chance.choice(joinable), chance.choice(joinable)) for _ in pairs]
        chance.shuffle(entries)
        for some in _alike_in_length(corpus, entries, chance):
            yield batch_of(corpus, some, own)


def _alike_in_length(
    corpus: Corpus, entries: Sequence[tuple[int, ...]], chance: random.Random
) -> Iterator[Sequence[tuple[int, ...]]]:
    """The entries, a whole batch at a time; what is left over is left out."""
    batches = []
    for start in range(0, len(entries), _BATCH * _TOGETHER):
        pool = sorted(
            entries[start : start + _BATCH * _TOGETHER],
            key=lambda entry: sum(len(corpus.requests[row]) for row in entry),
        )
        batches += [pool[i : i + _BATCH] for i in range(0, len(pool) - _BATCH + 1, _BATCH)]
    batches = batches or [list(entries)]
    chance.shuffle(batches)
    yield from batches


def batch_of(corpus: Corpus, entries: Sequence[tuple[int, ...]], own: dict[int, int]) -> Batch:
    """The requests, one or two said one after the other, with mistakes put in at random."""
    texts = [torch.tensor([w for row in e for w in corpus.requests[row]]) for e in entries]
    words = pad_sequence(texts, batch_first=True)
    lengths = torch.tensor([len(text) for text in texts])
    is_word = torch.arange(words.shape[1]) < lengths[:, None]
    variants = torch.randint(_VARIANTS, words.shape)
    words = torch.where(torch.rand(words.shape) < _TYPOS, corpus.typos[words, variants], words)
    table = torch.full((len(corpus.words),), len(own))
    table[list(own)] = torch.tensor(list(own.values()), dtype=torch.long)
    known = torch.where(torch.rand(words.shape) < _UNKNOWN, len(own), table[words])
    kept = torch.rand(words.shape) >= _LEFT_OUT
    kept[:, 0] = True
    first, last = ([entry[index] for entry in entries] for index in (0, -1))
    labels = torch.maximum(corpus.labels[first], corpus.labels[last])
    # Beside a task there is no reason why there should be none.
    labels[:, len(NAMES) :] *= (labels[:, : len(NAMES)].sum(dim=1, keepdim=True) == 0).float()
    return Batch(
        words,
        known,
        is_word & kept,
        torch.maximum(corpus.situations[first], corpus.situations[last]),
        torch.maximum(corpus.signs[first], corpus.signs[last]),
        labels,
    )


class Model(nn.Module):
    """The network; its parameters have the names that `Network` reads."""

    def __init__(self, corpus: Corpus, own: int) -> None:
        super().__init__()
        here, kinds = corpus.situations.shape[1], corpus.labels.shape[1]
        self.words = _table(own, _OWN)
        self.grams = _table(GRAMS, _LETTERS)
        self.into = nn.Linear(corpus.static.shape[1] + _OWN + _LETTERS, _WIDTH)
        self.situation = nn.Linear(here, _WIDTH)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(_WIDTH, _WIDTH, _REACH, padding=_REACH // 2) for _ in range(CONVOLUTIONS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(_WIDTH) for _ in range(CONVOLUTIONS + 1))
        self.attention = nn.Linear(_WIDTH, kinds)
        self.values = nn.Linear(_WIDTH, kinds)
        self.whole = nn.Sequential(
            nn.Linear(here + _WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, kinds)
        )
        self.signs = nn.Parameter(torch.zeros(corpus.signs.shape[2]))

    def forward(self, corpus: Corpus, batch: Batch) -> Tensor:
        """A number for each kind and reason, above 0 where it is likelier than not."""
        there = batch.is_word[..., None]
        each = self.into(self._dropped(self._words(corpus, batch)))
        each = self.norms[0](each + self.situation(batch.situations)[:, None])
        for convolution, norm in zip(self.convolutions, self.norms[1:], strict=True):
            near = convolution((each * there).transpose(1, 2)).transpose(1, 2)
            each = norm(each + self._dropped(functional.relu(near)))
        shares = self.attention(each).masked_fill(~there, -torch.inf).softmax(dim=1)
        logits: Tensor = (shares * self.values(self._dropped(each))).sum(dim=1)
        mean = (each * there).sum(dim=1) / there.sum(dim=1)
        logits = logits + self.whole(torch.cat([batch.situations, mean], dim=1))
        told = batch.signs @ self.signs
        return torch.cat([logits[:, : len(NAMES)] + told, logits[:, len(NAMES) :]], dim=1)

    def _dropped(self, values: Tensor) -> Tensor:
        """Some of the numbers left out, the same for all words of a request."""
        kept = torch.rand(len(values), 1, values.shape[2]) >= _DROPPED
        return values * kept / (1 - _DROPPED)

    def _words(self, corpus: Corpus, batch: Batch) -> Tensor:
        """What each word is; shape (requests, longest, static + own + letters)."""
        unique, place = torch.unique(batch.words, return_inverse=True)
        runs = corpus.grams[unique]
        letters = self.grams(runs).sum(dim=1) / (runs != GRAMS).sum(dim=1, keepdim=True)
        return torch.cat(
            [corpus.static[unique][place], self.words(batch.own), letters[place]], dim=2
        )


def _table(rows: int, width: int) -> nn.Embedding:
    """Small vectors, and one of zeros behind them, which stays so."""
    table = nn.Embedding(rows + 1, width, padding_idx=rows)
    with torch.no_grad():
        table.weight[:rows] = 0.1 * torch.randn(rows, width)
    return table


def network_of(model: Model, corpus: Corpus, own: dict[int, int]) -> Network:
    """The same network, to be read with numpy."""
    arrays = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    keys = np.array([key_of(corpus.words[word]) for word in own], dtype=np.uint32)
    return Network({"keys": keys} | {n: a.astype(np.float16) for n, a in arrays.items()})
