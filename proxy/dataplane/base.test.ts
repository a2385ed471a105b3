import t from 'tap'
import type { Heard } from '#kernel/netlink/news.ts'
import type { Link } from '#kernel/rtnetlink/types.ts'
import { inOneGo } from '../services/steps.ts'
import { type BaseEdges, createBase } from './base.ts'
import type { TableConfig } from './rules.ts'

const CONFIG: TableConfig = { masqueradeAll: false, ping: true, inside: [], own: [], masqueradePorts: { first: 32_768, last: 65_535 } }

const NOTHING: Heard = { missed: false, links: new Set(), addresses: false, routes: false }

/** A kernel in memory: a dummy link, and rules that nobody reads. With `news` it tells of what changed. */
const scene = ({ news = false } = {}) => {
  let link: Link | undefined
  const links = { heard: NOTHING, asked: 0, fail: false }
  const changed = (): void => {
    links.heard = { ...NOTHING, links: new Set([link?.index ?? 0]) }
  }
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
    shapes: {
      read: () => undefined,
      addChain: () => {
        generation += 1
      },
    },
    elements: { change: () => generation },
    sysctls: { read: () => '6.1.0', ensure: () => false, write: () => {} },
    rtnetlink: {
      link: () => link,
      linkByIndex: (asked: number) => {
        links.asked += 1
        if (links.fail) throw new Error('netlink')
        return link?.index === asked ? link : undefined
      },
      addLink: ({ name }: { name: string }) => {
        link = made(name)
      },
      changeLink: () => {
        changed()
        if (link !== undefined) link = { ...link, up: true }
      },
    },
    ...(news && {
      news: {
        heard: () => {
          const { heard } = links
          links.heard = NOTHING
          return heard
        },
      },
    }),
  } as unknown as BaseEdges
  return {
    base: createBase(edges),
    links,
    removeLink: () => {
      changed()
      link = undefined
    },
    downLink: () => {
      changed()
      if (link !== undefined) link = { ...link, up: false }
    },
    others: () => {
      generation += 1
    },
  }
}

for (const news of [false, true]) {
  t.test(`a link that is gone is told, until the routes were looked at again, ${news ? 'by news' : 'by asking'}`, async (t) => {
    const { base, removeLink, downLink } = scene({ news })
    inOneGo(base.ensure(CONFIG))
    base.looked()
    t.equal(base.disturbance(), 'none')
    for (const take of [removeLink, downLink]) {
      take()
      t.equal(base.disturbance(), 'link')
      t.equal(base.disturbance(), 'link', 'also when nothing is new')
      inOneGo(base.ensure(CONFIG))
      t.equal(base.disturbance(), 'link', 'it is there again, its routes are not')
      base.looked()
      t.equal(base.disturbance(), 'none')
    }
  })
}

t.test('as long as our link did not change the kernel is not asked about it', async (t) => {
  const { base, links } = scene({ news: true })
  inOneGo(base.ensure(CONFIG))
  base.looked()
  base.disturbance()
  const { asked } = links
  for (let look = 0; look < 5; look++) t.equal(base.disturbance(), 'none')
  t.equal(links.asked, asked)
  links.heard = { ...NOTHING, links: new Set([99]) }
  t.equal(base.disturbance(), 'none', 'it was somebody else’s')
  t.equal(links.asked, asked)
})

t.test('what takes routes away, or may have, is told until they were read again', async (t) => {
  const { base, links, removeLink } = scene({ news: true })
  inOneGo(base.ensure(CONFIG))
  base.looked()
  t.equal(base.disturbance(), 'none', 'what was done before the routes were read is no news')
  const found = [{ links: new Set([base.dummy]) }, { addresses: true }, { routes: true }, { missed: true }]
  for (const kinds of found) {
    links.heard = { ...NOTHING, ...kinds }
    t.equal(base.disturbance(), 'routes', JSON.stringify(kinds))
    t.equal(base.disturbance(), 'routes')
    base.looked()
    t.equal(base.disturbance(), 'none')
  }
  links.heard = { ...NOTHING, routes: true }
  base.looked()
  t.equal(base.disturbance(), 'none', 'routes that went before are read now')
  links.heard = { ...NOTHING, addresses: true }
  base.looked()
  t.equal(base.disturbance(), 'routes', 'addresses may have been read before')
  base.looked()
  removeLink()
  base.looked()
  t.equal(base.disturbance(), 'link', 'a link that is gone is not overheard then')
})

t.test('news that could not be looked into are not forgotten', async (t) => {
  const { base, links, removeLink } = scene({ news: true })
  inOneGo(base.ensure(CONFIG))
  base.looked()
  base.disturbance()
  removeLink()
  links.fail = true
  t.throws(() => base.disturbance(), { message: 'netlink' })
  links.fail = false
  t.equal(base.disturbance(), 'link')
})

t.test('a foreign write to the ruleset is told once the link is right', async (t) => {
  const { base, others } = scene()
  inOneGo(base.ensure(CONFIG))
  base.looked()
  others()
  t.equal(base.disturbance(), 'ruleset')
})

t.test('nft that runs in the background is no disturbance, and the table stands when it is over', async (t) => {
  const ended: (() => void)[] = []
  let generation = 1
  const program = <T>(value: T): Promise<T> =>
    new Promise((resolve) => {
      ended.push(() => {
        generation += value === undefined ? 1 : 0
        resolve(value)
      })
    })
  const link = { index: 5, up: true }
  const base = createBase({
    nftables: { generation: () => generation },
    backgroundNft: { transaction: () => program(undefined), listTable: () => program([]) },
    shapes: {
      read: () => [{ text: 'table' }],
      addChain: () => {
        generation += 1
      },
    },
    sysctls: { read: () => '6.1.0', ensure: () => false },
    rtnetlink: { link: () => link, linkByIndex: () => link },
  } as unknown as BaseEdges)
  const steps = base.ensure(CONFIG)
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) {
    t.equal(base.disturbance(), 'none')
    ended.shift()?.()
    await step.value
  }
  t.equal(step.value, true)
  t.equal(generation, 3)
  t.equal(base.disturbance(), 'none')
  t.same(base.ensure(CONFIG).next(), { done: true, value: false })
})
