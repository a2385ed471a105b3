import t from 'tap'
import { readEnvironment } from './environment.ts'

const COMPLETE = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'cid1',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IgnoreUnknown=1',
  CNI_PATH: '/opt/cni/bin',
}

/** Which variables each verb requires; specification and reference agree. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  GC: ['CNI_PATH'],
  STATUS: ['CNI_PATH'],
  VERSION: [],
}
const VARIABLES = ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_ARGS', 'CNI_PATH']

for (const [verb, required] of Object.entries(REQUIRED)) {
  t.test(`[skel] ${verb} requires ${required.join(', ') || 'nothing'} and no more`, async (t) => {
    for (const name of VARIABLES) {
      for (const absent of [undefined, '']) {
        const env = { ...COMPLETE, CNI_COMMAND: verb, [name]: absent }
        if (required.includes(name)) {
          t.throws(() => readEnvironment(env), { code: 4, message: `required env variables [${name}] missing` }, name)
        } else t.doesNotThrow(() => readEnvironment(env), name)
      }
    }
  })
}

t.test('[skel] all that is missing is named at once, in the order of the table', async (t) => {
  t.throws(() => readEnvironment({ CNI_COMMAND: 'ADD' }), {
    code: 4,
    message: 'required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing',
  })
  t.throws(() => readEnvironment({ CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c' }), {
    message: 'required env variables [CNI_NETNS,CNI_IFNAME,CNI_PATH] missing',
  })
})

t.test('[skel] without a command nothing else is asked for', async (t) => {
  t.throws(() => readEnvironment({}), { code: 4, message: 'required env variables [CNI_COMMAND] missing' })
})

t.test('[skel] a wrong value is reported before what is missing, and only by verbs that require it', async (t) => {
  t.throws(() => readEnvironment({ CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'a/b' }), {
    message: 'invalid characters in containerID',
    details: 'a/b',
  })
  t.throws(() => readEnvironment({ CNI_COMMAND: 'ADD', CNI_IFNAME: '..' }), { message: 'interface name is . or ..' })
  t.doesNotThrow(() => readEnvironment({ ...COMPLETE, CNI_COMMAND: 'GC', CNI_CONTAINERID: 'a/b', CNI_IFNAME: '..' }))
})

t.test('the values arrive as they are', async (t) => {
  t.same(readEnvironment(COMPLETE), {
    command: 'ADD',
    containerId: 'cid1',
    netns: '/run/netns/pod',
    ifname: 'eth0',
    args: 'IgnoreUnknown=1',
    path: '/opt/cni/bin',
    ownNamespaceAllowed: false,
  })
})

t.test('CNI_NETNS_OVERRIDE is 1 or true in any case', async (t) => {
  const allowed = (value: string): boolean => readEnvironment({ ...COMPLETE, CNI_NETNS_OVERRIDE: value }).ownNamespaceAllowed
  for (const value of ['1', 'true', 'TRUE', 'True']) t.equal(allowed(value), true, value)
  for (const value of ['', '0', 'yes', 'true ', '11']) t.equal(allowed(value), false, value)
})
