/** 50 calls at the same time, of different pods and of the same. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { addDifferentPods, addSamePod } from './parallel.ts'

t.before(buildExecutables)

t.test('50 different pods come and go at the same time', requires('root', 'nft'), (t) => addDifferentPods(t, 50))

t.test('50 ADDs and DELs of the same pod at the same time make it once and leave nothing', requires('root', 'nft'), (t) =>
  addSamePod(t, 50),
)
