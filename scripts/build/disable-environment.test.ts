import t from 'tap'
import { disableEnvironment } from './disable-environment.ts'

t.test('every occurrence of the names loses its first byte, and nothing else changes', async (t) => {
  const before =
    'aBUN_BE_BUN\0BUN_OPTIONSBUN_OPTIONS BUN_INSPECT_NOTIFY=BUN_OTHER BUN_BYTECODE_ORDER_OUT JSC_SIGNAL_FOR_GC SIMDUTF_FORCE_IMPLEMENTATION'
  const after =
    'a\0UN_BE_BUN\0\0UN_OPTIONS\0UN_OPTIONS \0UN_INSPECT_NOTIFY=BUN_OTHER \0UN_BYTECODE_ORDER_OUT \0SC_SIGNAL_FOR_GC \0IMDUTF_FORCE_IMPLEMENTATION'
  const given = Buffer.from(before)
  t.equal(disableEnvironment(given, 'x64').toString(), after)
  t.equal(given.toString(), before, 'the original stays')
})

t.test('a runtime that does not have the names has to be looked at anew', async (t) => {
  t.throws(() => disableEnvironment(Buffer.from('BUN_BE_BUN BUN_INSPECT'), 'x64'), {
    message: 'BUN_OPTIONS does not occur in the executable: does this Bun still use it?',
  })
})

t.test('where there is one SIMD implementation nobody asks for another, and its name need not be there', async (t) => {
  const given = Buffer.from('BUN_BE_BUN BUN_OPTIONS BUN_INSPECT BUN_BYTECODE_ JSC_SIGNAL_FOR_GC')
  t.equal(disableEnvironment(given, 'arm64').toString(), '\0UN_BE_BUN \0UN_OPTIONS \0UN_INSPECT \0UN_BYTECODE_ \0SC_SIGNAL_FOR_GC')
  t.throws(() => disableEnvironment(given, 'x64'), { message: /^SIMDUTF_FORCE_IMPLEMENTATION does not occur/ })
})
