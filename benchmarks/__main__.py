"""All benchmarks, one table each."""

import asyncio

from benchmarks import llm, local, overhead, scheduling, startup

asyncio.run(scheduling.main())
asyncio.run(overhead.main())
asyncio.run(llm.main())
asyncio.run(local.main())
startup.main()
