"""What was done stays done: runs that are killed and resumed, faults, and many runs at once."""

import random
from dataclasses import replace
from functools import partial

import pytest

from benchmarks.faults import CHAT, HERE, HOSTED
from benchmarks.faulty import suffer
from benchmarks.journal import Count, Line
from benchmarks.kills import SHAPES, Course, Harness, Point, boundaries, random_deaths
