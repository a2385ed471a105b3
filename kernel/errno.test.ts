import t from 'tap'
import { hasCode, ignoring, KernelError, orThrow, reasonOf } from './errno.ts'

const nodeError = (code: string): Error => Object.assign(new Error(`${code}: something, open '/x'`), { code })

t.test('a kernel error says what was asked, why it was refused, and the code', async (t) => {
  const error = new KernelError('add link br0', 17)
  t.equal(error.message, 'add link br0: file exists')
  t.match(error, { name: 'KernelError', operation: 'add link br0', errno: 17, code: 'EEXIST', reason: 'file exists' })
  t.ok(error instanceof Error)
})

t.test("errno numbers have the kernel's names and Go's texts", async (t) => {
  const known = [
    [1, 'EPERM', 'operation not permitted'],
    [2, 'ENOENT', 'no such file or directory'],
    [3, 'ESRCH', 'no such process'],
    [16, 'EBUSY', 'device or resource busy'],
    [19, 'ENODEV', 'no such device'],
    [22, 'EINVAL', 'invalid argument'],
    [34, 'ERANGE', 'numerical result out of range'],
    [95, 'EOPNOTSUPP', 'operation not supported'],
    [99, 'EADDRNOTAVAIL', 'cannot assign requested address'],
    [101, 'ENETUNREACH', 'network is unreachable'],
    [105, 'ENOBUFS', 'no buffer space available'],
    [113, 'EHOSTUNREACH', 'no route to host'],
  ] as const
  for (const [errno, code, reason] of known) t.match(new KernelError('x', errno), { code, reason })
})

t.test('an unknown errno is named by its number', async (t) => {
  t.match(new KernelError('x', 4095), { code: 'errno 4095', message: 'x: errno 4095' })
})

t.test('a code is asked for, of our errors and of Node’s alike', async (t) => {
  t.ok(hasCode(new KernelError('x', 17), 'EEXIST'))
  t.ok(hasCode(nodeError('ENOENT'), 'EEXIST', 'ENOENT'))
  t.notOk(hasCode(new KernelError('x', 17), 'ENOENT'))
  t.notOk(hasCode(new Error('EEXIST'), 'EEXIST'))
  t.notOk(hasCode({ code: 'EEXIST' }, 'EEXIST'))
  t.notOk(hasCode(Object.assign(new Error('x'), { code: 17 }), '17'))
  t.notOk(hasCode(undefined, 'EEXIST'))
})

t.test('the reason of an error is the text Go prints for it', async (t) => {
  t.equal(reasonOf(new KernelError('x', 19)), 'no such device')
  t.equal(reasonOf(nodeError('EACCES')), 'permission denied')
  t.equal(reasonOf(nodeError('ERR_SOMETHING')), "ERR_SOMETHING: something, open '/x'")
  t.equal(reasonOf(new Error('plain')), 'plain')
  t.equal(reasonOf('thrown text'), 'thrown text')
})

t.test('a result of zero or more passes; a negative one is the errno', async (t) => {
  t.equal(orThrow('x', 0), 0)
  t.equal(orThrow('x', 7), 7)
  t.throws(() => orThrow('open it', -13), { code: 'EACCES', message: 'open it: permission denied' })
})

t.test('an expected failure gives nothing, any other goes on', async (t) => {
  const failing = (errno: number) => (): number => orThrow('x', -errno)
  t.equal(
    ignoring(['ENOENT'], () => 5),
    5,
  )
  t.equal(ignoring(['ENOENT', 'ENODEV'], failing(19)), undefined)
  t.throws(() => ignoring(['ENOENT'], failing(19)), { code: 'ENODEV' })
  t.throws(
    () =>
      ignoring(['ENOENT'], () => {
        throw new TypeError('bug')
      }),
    TypeError,
  )
})
