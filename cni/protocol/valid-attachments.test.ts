import t from 'tap'
import { parseJson } from './json.ts'
import { validAttachments } from './valid-attachments.ts'

const read = (config: string) => validAttachments(parseJson(config))

t.test('the list names what lives, under either of its keys', async (t) => {
  const expected = [{ containerId: 'c1', ifname: 'eth0' }]
  t.same(read('{"cni.dev/valid-attachments":[{"containerID":"c1","ifname":"eth0"}]}'), expected)
  t.same(read('{"cni.dev/attachments":[{"containerID":"c1","ifname":"eth0"}]}'), expected)
  t.same(read('{"CNI.dev/Valid-Attachments":[{"ContainerID":"c1","IfName":"eth0","netns":"/n"}]}'), expected, 'in any case')
})

t.test('with both keys, what either names is kept', async (t) => {
  const config = '{"cni.dev/valid-attachments":[{"containerID":"a","ifname":"e"}],"cni.dev/attachments":[{"containerID":"b","ifname":"e"}]}'
  t.same(
    read(config)?.map(({ containerId }) => containerId),
    ['a', 'b'],
  )
})

t.test('an empty list says that nothing lives, and so does the null of Go; no list says nothing', async (t) => {
  t.same(read('{"cni.dev/valid-attachments":[]}'), [])
  t.same(read('{"cni.dev/valid-attachments":null,"cni.dev/attachments":null}'), [])
  t.equal(read('{"name":"net"}'), undefined)
  t.equal(read('null'), undefined)
})

t.test('a malformed list is refused, never taken for an empty one', async (t) => {
  for (const list of ['{}', '"all"', '[1]', '[{"containerID":1}]']) {
    t.throws(() => read(`{"cni.dev/valid-attachments":${list}}`), { message: /^json: cannot unmarshal / }, list)
  }
})
