import { GCProfiler } from 'node:v8'
import t from 'tap'
import { openYoungCollection } from './young-collection.ts'

t.test('what is young is collected as often as it is asked for, and nothing more', async (t) => {
  const collect = openYoungCollection()
  for (let round = 0; round < 2; round++) {
    const profiler = new GCProfiler()
    profiler.start()
    collect()
    t.same(
      profiler.stop()?.statistics.map(({ gcType }) => gcType),
      ['Scavenge'],
    )
  }
})
