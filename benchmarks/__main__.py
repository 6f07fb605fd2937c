"""All benchmarks, one table each."""

import asyncio

from benchmarks import faults, kills, llm, load, local, overhead, scheduling, startup

asyncio.run(scheduling.main())
asyncio.run(overhead.main())
asyncio.run(llm.main())
asyncio.run(local.main())
startup.main()
faults.main()
kills.measure(10, 1)
asyncio.run(load.main(200, 3))
