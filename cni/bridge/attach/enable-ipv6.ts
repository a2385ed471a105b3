/** Turning IPv6 on in a container that is about to get an IPv6 address. */
import { reasonOf } from '#kernel/errno.ts'
import { goQuote } from '../../protocol/text.ts'
import { saying } from '../edges.ts'
import type { Workbench } from './apply.ts'

/**
 * Enables IPv6 on lo and the interface where it is off, and has the interface keep its addresses when it goes down.
 * @throws Error with the reference's sentence; a setting that cannot be read is only reported
 * @see reference/cni-plugins.md 2.4
 */
export const enableIpv6 = (name: string, { container: { settings }, warn }: Workbench): void => {
  for (const device of ['lo', name]) {
    const key = `net/ipv6/conf/${device}/disable_ipv6`
    const value = readOr(
      () => settings.read(key),
      (error) => warn(`ipam_linux: failed to read sysctl ${goQuote(key)}: ${reasonOf(error)}`),
    )
    if (value === undefined || value === '0') continue
    saying(`failed to enable IPv6 for interface ${goQuote(device)} (${key}=${value})`, () => settings.write(key, '0'))
  }
  saying(`failed to enable keep_addr_on_down for interface ${goQuote(name)}`, () =>
    settings.ensure(`net/ipv6/conf/${name}/keep_addr_on_down`, '1'),
  )
}

const readOr = (read: () => string, report: (error: unknown) => void): string | undefined => {
  try {
    return read()
  } catch (error) {
    report(error)
    return undefined
  }
}
