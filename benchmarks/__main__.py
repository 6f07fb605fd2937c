"""All benchmarks, one table each."""

import asyncio

from benchmarks import overhead, scheduling, startup

asyncio.run(scheduling.main())
asyncio.run(overhead.main())
startup.main()
