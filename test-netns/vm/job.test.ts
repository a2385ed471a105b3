import t from 'tap'
import { jobMessage, jobScript } from './job.ts'

t.test('a job becomes a script that sets its environment, enters its folder and becomes the command', async (t) => {
  t.equal(
    jobScript({ argv: ['node', 'a.ts'], cwd: '/srv/repo', environment: { CI: 'true', HOME: '/home/u' } }),
    "export CI='true'\nexport HOME='/home/u'\ncd '/srv/repo' || exit 126\nexec 'node' 'a.ts'\n",
  )
})

t.test('nothing in a job is expanded by the shell', async (t) => {
  t.match(jobScript({ argv: ['echo', "it's $HOME `id`\n"], cwd: '/', environment: {} }), "exec 'echo' 'it'\\''s $HOME `id`\n'")
})

t.test('a name that is no variable, and a NUL byte, are refused', async (t) => {
  t.throws(() => jobScript({ argv: ['id'], cwd: '/', environment: { 'A;B': '1' } }), {
    message: 'not an environment variable\'s name: "A;B"',
  })
  t.throws(() => jobScript({ argv: ['a\0b'], cwd: '/', environment: {} }), { message: 'a NUL byte in "a\\u0000b"' })
})

t.test('the message begins with the length of the script in bytes, not in characters', async (t) => {
  t.equal(jobMessage({ argv: ['é'], cwd: '/', environment: {} }, '/m'), "29 /m\ncd '/' || exit 126\nexec 'é'\n")
})
