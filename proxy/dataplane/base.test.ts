import t from 'tap'
import type { Link } from '#kernel/rtnetlink/types.ts'
import { type BaseEdges, createBase } from './base.ts'
import type { TableConfig } from './rules.ts'

const CONFIG: TableConfig = { masqueradeAll: false, ping: true, inside: [], own: [], masqueradePorts: { first: 32_768, last: 65_535 } }

/** A kernel in memory: a dummy link, and rules that nobody reads. */
const scene = () => {
  let link: Link | undefined
  let index = 4
  let generation = 1
  const made = (name: string): Link => {
    index += 1
    return { index, name, kind: 'dummy', mtu: 1500, mac: '', up: false, operState: 'down', promiscuity: 0 }
  }
  const edges = {
    nftables: {
      generation: () => generation,
      listTable: () => undefined,
      transaction: () => {
        generation += 1
      },
    },
    elements: { change: () => generation },
    sysctls: { read: () => '6.1.0', ensure: () => false, write: () => {} },
    rtnetlink: {
      link: () => link,
      linkByIndex: (asked: number) => (link?.index === asked ? link : undefined),
      addLink: ({ name }: { name: string }) => {
        link = made(name)
      },
      changeLink: () => {
        if (link !== undefined) link = { ...link, up: true }
      },
    },
  } as unknown as BaseEdges
  return {
    base: createBase(edges),
    removeLink: () => {
      link = undefined
    },
    downLink: () => {
      if (link !== undefined) link = { ...link, up: false }
    },
    others: () => {
      generation += 1
    },
  }
}

t.test('a link that is gone is told, until the routes were looked at again', async (t) => {
  const { base, removeLink, downLink } = scene()
  base.ensure(CONFIG)
  base.looked()
  t.equal(base.disturbance(), 'none')
  for (const take of [removeLink, downLink]) {
    take()
    t.equal(base.disturbance(), 'link')
    base.ensure(CONFIG)
    t.equal(base.disturbance(), 'link', 'it is there again, its routes are not')
    base.looked()
    t.equal(base.disturbance(), 'none')
  }
})

t.test('a foreign write to the ruleset is told once the link is right', async (t) => {
  const { base, others } = scene()
  base.ensure(CONFIG)
  base.looked()
  others()
  t.equal(base.disturbance(), 'ruleset')
})
