import t from 'tap'
import type { Link } from '#kernel/rtnetlink/types.ts'
import { type BaseEdges, createBase } from './base.ts'
import type { TableConfig } from './rules.ts'

const CONFIG: TableConfig = { masqueradeAll: false, ping: true, inside: [], own: [], masqueradePorts: { first: 32_768, last: 65_535 } }

/** A kernel in memory: a dummy link, and rules that nobody reads. With `news` it tells of changed links. */
const scene = ({ news = false } = {}) => {
  let link: Link | undefined
  const links = { changed: true, asked: 0, fail: false }
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
      linkByIndex: (asked: number) => {
        links.asked += 1
        if (links.fail) throw new Error('netlink')
        return link?.index === asked ? link : undefined
      },
      addLink: ({ name }: { name: string }) => {
        link = made(name)
      },
      changeLink: () => {
        links.changed = true
        if (link !== undefined) link = { ...link, up: true }
      },
    },
    ...(news && {
      linkNews: {
        heard: () => {
          const { changed } = links
          links.changed = false
          return changed
        },
      },
    }),
  } as unknown as BaseEdges
  return {
    base: createBase(edges),
    links,
    removeLink: () => {
      links.changed = true
      link = undefined
    },
    downLink: () => {
      links.changed = true
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
    base.ensure(CONFIG)
    base.looked()
    t.equal(base.disturbance(), 'none')
    for (const take of [removeLink, downLink]) {
      take()
      t.equal(base.disturbance(), 'link')
      t.equal(base.disturbance(), 'link', 'also when nothing is new')
      base.ensure(CONFIG)
      t.equal(base.disturbance(), 'link', 'it is there again, its routes are not')
      base.looked()
      t.equal(base.disturbance(), 'none')
    }
  })
}

t.test('as long as no link changed the kernel is not asked about ours', async (t) => {
  const { base, links } = scene({ news: true })
  base.ensure(CONFIG)
  base.looked()
  base.disturbance()
  const { asked } = links
  for (let look = 0; look < 5; look++) t.equal(base.disturbance(), 'none')
  t.equal(links.asked, asked)
  links.changed = true
  t.equal(base.disturbance(), 'none', 'it was somebody else’s')
  t.equal(links.asked, asked + 1)
})

t.test('news that could not be looked into are not forgotten', async (t) => {
  const { base, links, removeLink } = scene({ news: true })
  base.ensure(CONFIG)
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
  base.ensure(CONFIG)
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
    sysctls: { read: () => '6.1.0', ensure: () => false },
    rtnetlink: { link: () => link, linkByIndex: () => link },
  } as unknown as BaseEdges)
  const steps = base.ensuring(CONFIG)
  let step = steps.next()
  for (; step.done !== true; step = steps.next()) {
    t.equal(base.disturbance(), 'none')
    ended.shift()?.()
    await step.value
  }
  t.equal(step.value, true)
  t.equal(generation, 3)
  t.equal(base.disturbance(), 'none')
  t.same(base.ensuring(CONFIG).next(), { done: true, value: false })
})
