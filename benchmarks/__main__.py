"""All benchmarks, one table each."""

import asyncio

from benchmarks import llm, overhead, scheduling, startup

asyncio.run(scheduling.main())
asyncio.run(overhead.main())
asyncio.run(llm.main())
startup.main()
