import t from 'tap'
import { engineOf } from './engine.ts'

t.test('SELVEDGE_ENGINE names the engine; unset or empty, it is Bun', async (t) => {
  t.equal(engineOf({}), 'bun')
  t.equal(engineOf({ SELVEDGE_ENGINE: '' }), 'bun')
  t.equal(engineOf({ SELVEDGE_ENGINE: 'bun' }), 'bun')
  t.equal(engineOf({ SELVEDGE_ENGINE: 'quickjs' }), 'quickjs')
})

t.test('another name is refused with those that are legal', async (t) => {
  t.throws(() => engineOf({ SELVEDGE_ENGINE: 'QuickJS' }), {
    message: 'SELVEDGE_ENGINE: "QuickJS" is no engine; legal are bun and quickjs',
  })
})
