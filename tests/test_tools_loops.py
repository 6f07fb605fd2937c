"""Async code called from sync code."""

import asyncio
import contextvars
from concurrent.futures import CancelledError

import pytest

from hugginggpt.tools.loops import call_sync

colour = contextvars.ContextVar("colour", default="none")


async def double(number):
    return 2 * number


def test_result():
    assert call_sync(double, 21) == 42


def test_error():
    async def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        call_sync(fail)


def test_context_variables_are_visible():
    async def look():
        return colour.get()

    colour.set("red")
    assert call_sync(look) == "red"


async def test_inside_a_running_loop():
    assert call_sync(double, 1) == 2


def test_on_the_background_loop_itself():
    async def again():
        return call_sync(double, 1)

    with pytest.raises(RuntimeError, match="async methods"):
        call_sync(again)


def test_loop_that_was_killed_is_started_again():
    async def kill():
        asyncio.get_running_loop().call_soon(raise_interrupt)
        await asyncio.sleep(0)

    def raise_interrupt():
        raise KeyboardInterrupt

    with pytest.raises(CancelledError):
        call_sync(kill)  # its caller is not left waiting for ever
    assert call_sync(double, 2) == 4
