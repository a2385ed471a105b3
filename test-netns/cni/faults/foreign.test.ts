/** IPAM plugins that are not ours: missing, hanging, talking rubbish. Whatever they do, bridge answers and leaves nothing. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { requires } from '../../rig/requires.ts'
import { links } from '../../rig/witness-ip.ts'
import { BIN, buildExecutables, plugin } from '../plugin.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'nsenter')

interface ForeignScene {
  readonly host: NetNamespace
  readonly pod: NetNamespace
  readonly config: object
  /** CNI_PATH, with the plugin in it and nothing else. */
  readonly path: string
  /** Writes the plugin, a shell script. */
  write(script: string): void
}

const makeScene = (owner: Owner): ForeignScene => {
  const path = mkdtempSync(join(tmpdir(), 'faults-'))
  defer(owner, () => rmSync(path, { recursive: true }))
  return {
    host: makeNamespace(owner, 'host'),
    pod: makeNamespace(owner, 'pod'),
    config: { cniVersion: '1.0.0', name: 'net', bridge: 'br0', isGateway: true, ipam: { type: 'foreign' } },
    path,
    write: (script) => writeFileSync(join(path, 'foreign'), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
  }
}

const RESULT = JSON.stringify({ cniVersion: '1.0.0', ips: [{ address: '10.7.0.2/24', gateway: '10.7.0.1' }] })

/** What the plugin does at every verb, and what bridge has to say at ADD. */
const PLUGINS: readonly (readonly [what: string, script: string, error: object])[] = [
  ['ends with an error object', `echo '{"code":11,"msg":"later","details":"d"}'; exit 1`, { code: 11, msg: 'later', details: 'd' }],
  ['ends with a status only', 'exit 3', { code: 0, msg: 'netplugin failed with no error message: exit status 3' }],
  ['complains on standard error only', 'echo oops >&2; exit 1', { code: 0, msg: 'netplugin failed: "oops\\n"' }],
  ['dies', 'kill -SEGV $$', { code: 0, msg: /segmentation fault|signal/ }],
  ['prints rubbish and fails', 'echo "<html>"; exit 1', { code: 0, msg: /^netplugin failed but error parsing its diagnostic message/ }],
  ['prints nothing', 'exit 0', { code: 999, msg: /unexpected end of JSON input/ }],
  ['prints rubbish', 'echo "<html>"', { code: 999, msg: /invalid character '<' looking for beginning of value/ }],
  ['prints bytes', 'head -c 3000 /dev/urandom', { code: 999, msg: /./ }],
  ['prints no address', `echo '{"cniVersion":"1.0.0"}'`, { code: 999, msg: 'IPAM plugin returned missing IP config' }],
  ['prints what is no address', `echo '{"cniVersion":"1.0.0","ips":[{"address":"x"}]}'`, { code: 999, msg: /invalid CIDR address: x/ }],
  ['prints an unknown version', `echo '{"cniVersion":"9.9.9"}'`, { code: 999, msg: /./ }],
  ['prints more than anybody reads', 'yes "{" | head -c 40000000', { code: 0, msg: /./ }],
  ['is no program', 'exec /nowhere', { code: 0, msg: /./ }],
]

t.test('an IPAM plugin that fails, however it does, fails ADD and leaves nothing', NEEDS, async (t) => {
  const scene = makeScene(t)
  const { host, pod, path, config } = scene
  for (const [what, script, error] of PLUGINS) {
    scene.write(script)
    const { exitCode, result } = await plugin('bridge').add({ host: host.name, netns: pod.path, path, config })
    t.match({ exitCode, result }, { exitCode: 1, result: error }, `a plugin that ${what}`)
    t.strictSame(
      [...links(host), ...links(pod)].map(({ ifname }) => ifname),
      ['lo', 'lo'],
    )
  }
})

t.test('an IPAM plugin that cannot be executed fails ADD in the words of Go', NEEDS, async (t) => {
  const { host, pod, path, config } = makeScene(t)
  const file = join(path, 'foreign')
  for (const [content, mode, reason] of [
    ['no program\n', 0o755, 'exec format error'],
    ['#!/no/such/shell\n', 0o755, 'no such file or directory'],
    ['#!/bin/sh\n', 0o644, 'permission denied'],
  ] as const) {
    rmSync(file, { force: true })
    writeFileSync(file, content, { mode })
    const { exitCode, result } = await plugin('bridge').add({ host: host.name, netns: pod.path, path, config })
    const msg = `netplugin failed with no error message: fork/exec ${file}: ${reason}`
    t.match({ exitCode, result }, { exitCode: 1, result: { code: 0, msg } })
  }
})

t.test('an IPAM plugin that is missing fails ADD, and DEL after the interface is gone', NEEDS, async (t) => {
  const { host, pod, path, config } = makeScene(t)
  const call = { host: host.name, netns: pod.path, path, config }
  const missing = { code: 999, msg: `failed to find plugin "foreign" in path [${path}]` }
  t.match(await plugin('bridge').add(call), { exitCode: 1, result: missing })
  pod.ip('link add eth0 type veth peer name other')
  t.match(await plugin('bridge').del(call), { exitCode: 1, result: missing })
  t.strictSame(
    links(pod).map(({ ifname }) => ifname),
    ['lo'],
  )
})

t.test('a foreign IPAM plugin gets the config and the environment as they came, and its result is used', NEEDS, async (t) => {
  const scene = makeScene(t)
  const { host, pod, path, config } = scene
  scene.write(`cat > ${path}/input; env > ${path}/environment; echo '${RESULT}'`)
  const { exitCode, result } = await plugin('bridge').add({ host: host.name, netns: pod.path, path, config, args: 'IgnoreUnknown=1' })
  t.match({ exitCode, result }, { exitCode: 0, result: { ips: [{ address: '10.7.0.2/24', gateway: '10.7.0.1' }] } })
  t.equal(host.exec('cat', `${path}/input`), JSON.stringify(config))
  t.match(host.exec('cat', `${path}/environment`), /^CNI_ARGS=IgnoreUnknown=1$/m)
  t.equal((await plugin('bridge').del({ host: host.name, netns: pod.path, path, config })).exitCode, 0)
})

t.test('when an IPAM plugin hangs and the runtime kills bridge, nothing keeps the runtime waiting, and DEL cleans up', NEEDS, async (t) => {
  const scene = makeScene(t)
  const { host, pod, path, config } = scene
  scene.write('exec sleep 1000')
  const env = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'cid1', CNI_NETNS: pod.path, CNI_IFNAME: 'eth0', CNI_PATH: path }
  const [program, ...parameters] = host.command(join(BIN, 'bridge'))
  const child = spawn(program, parameters, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = Promise.all([text(child.stdout), text(child.stderr)])
  child.stdin.end(JSON.stringify(config))
  for (let tries = 0; tries < 200 && host.attempt('pgrep', '-f', 'sleep 1000').exitCode !== 0; tries++) await after(20)
  child.kill('SIGKILL')
  const outcome = await Promise.race([ended, after(5000, 'still open', { ref: false })])
  t.strictSame(outcome, ['', ''], 'both pipes are closed at once')
  scene.write(`echo '${RESULT}'`)
  t.match(await plugin('bridge').del({ host: host.name, netns: pod.path, path, config }), { exitCode: 0, stdout: '' })
  t.strictSame(
    [...links(host), ...links(pod)].map(({ ifname }) => ifname),
    ['lo', 'lo'],
  )
  t.equal((await plugin('bridge').add({ host: host.name, netns: pod.path, path, config })).exitCode, 0, 'a fresh ADD works')
})
