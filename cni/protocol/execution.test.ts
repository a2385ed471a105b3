import t from 'tap'
import { errorOf, resultOf } from './execution.ts'

const failed = (stdout: string, stderr = '') => errorOf({ stdout, stderr, failure: 'exit status 1' })

t.test('[invoke] an error object that a plugin printed is kept', async (t) => {
  t.match(failed('{"code":11,"msg":"later","details":"d"}'), { code: 11, message: 'later', details: 'd' })
  t.match(failed('{}'), { code: 0, message: '', details: '' })
})

t.test('[invoke] a plugin that says nothing useful has code 0 and a sentence', async (t) => {
  t.match(failed(''), { code: 0, message: 'netplugin failed with no error message: exit status 1' })
  t.match(failed('', 'oh\n'), { code: 0, message: 'netplugin failed: "oh\\n"' })
  t.match(failed('oops'), {
    code: 0,
    message: 'netplugin failed but error parsing its diagnostic message "oops": invalid character \'o\' looking for beginning of value',
  })
  t.match(failed('{"code":-1,"msg":"m"}'), {
    code: 0,
    message: /parsing its diagnostic message .*: json: cannot unmarshal number -1 into Go struct field Error\.code of type uint$/,
  })
})

const ip = { address: { address: '10.0.0.2', prefixLength: 24 } }

t.test('[invoke] a result without a version is of the config', async (t) => {
  t.match(resultOf({ stdout: '{"ip4":{"ip":"10.0.0.2/24"}}' }, '0.2.0').ips, [ip])
  t.match(resultOf({ stdout: '{"cniVersion":"","ips":[{"address":"10.0.0.2/24"}]}' }, '1.0.0').ips, [ip])
  t.same(resultOf({ stdout: 'null' }, '1.0.0').ips, [])
})

t.test('[invoke] a result of another version than the config is read as what it is', async (t) => {
  t.match(resultOf({ stdout: '{"cniVersion":"0.1.0","ip4":{"ip":"10.0.0.2/24"}}' }, '1.1.0').ips, [ip])
})

t.test('[invoke] what is no result is an error', async (t) => {
  t.throws(() => resultOf({ stdout: '' }, '1.0.0'), { message: 'failed to unmarshal raw result: unexpected end of JSON input' })
  t.throws(() => resultOf({ stdout: '{"cniVersion":"7.0.0"}' }, '1.0.0'), { message: 'unsupported CNI result version "7.0.0"' })
})
