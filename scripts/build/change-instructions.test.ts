import t from 'tap'
import { changeInstructions } from './change-instructions.ts'

const SEARCH = '41803e4275e541807e015575de41807e024e75d741807e035f75d041807e044a75c9'
const WARM_UP = 'c6055e1de10401 48b82000000040000000 48890500000000'.replaceAll(' ', '')
const runtime = (...pieces: readonly string[]): Buffer => Buffer.from(pieces.join('90'), 'hex')

t.test('the first jump is taken always, the default is false, and nothing else changes', async (t) => {
  const given = runtime('00', SEARCH, WARM_UP, 'ff')
  const search = SEARCH.replace('75e5', 'ebe5')
  const warmUp = WARM_UP.replace('e10401', 'e10400')
  t.equal(changeInstructions(given, 'x64').toString('hex'), runtime('00', search, warmUp, 'ff').toString('hex'))
  t.equal(given.toString('hex'), runtime('00', SEARCH, WARM_UP, 'ff').toString('hex'), 'the original stays')
})

t.test('a runtime without these instructions, or with several that look like them, is refused', async (t) => {
  t.throws(() => changeInstructions(runtime(SEARCH), 'x64'), { message: /^the default of useWarmUpMarkedBlocks .*: not found; / })
  t.throws(() => changeInstructions(runtime(SEARCH, WARM_UP, SEARCH), 'x64'), { message: /^the search of .*: found more than once; / })
})

t.test('on arm64 the condition of the first branch becomes always', async (t) => {
  const search =
    '5f090171 01ffff54 2a054039 5f550171 a1feff54 2a094039 5f390171 41feff54 2a0d4039 5f7d0171 e1fdff54 2a114039 5f290171'.replaceAll(
      ' ',
      '',
    )
  const given = runtime('00', search, 'ff')
  t.equal(changeInstructions(given, 'arm64').toString('hex'), runtime('00', search.replace('01ffff54', '0effff54'), 'ff').toString('hex'))
  t.throws(() => changeInstructions(runtime('00'), 'arm64'), { message: /^the search of .*: not found; / })
})

t.test('nothing is known of other processors', async (t) => {
  t.equal(changeInstructions(Buffer.from('aa', 'hex'), 'riscv64').toString('hex'), 'aa')
})
