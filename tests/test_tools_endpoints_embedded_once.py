import threading
import time

import pytest

from hugginggpt.tools.endpoints.embedded.once import once


def test_threads_that_ask_together_share_one_load():
    loads: list[int] = []

    def load() -> object:
        loads.append(1)
        time.sleep(0.05)
        return object()

    get = once(load)
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(loads) == 1
    assert len(set(map(id, got))) == 1


def test_a_load_that_failed_is_tried_again():
    results = iter([OSError("disk"), "table"])

    def load() -> str:
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    get = once(load)
    with pytest.raises(OSError, match="disk"):
        get()

    assert get() == "table"
