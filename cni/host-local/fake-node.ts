/** A node for unit tests: the plugin over lease folders in memory. */
import { fakeHost, runFirst } from '../protocol/fake-suite.ts'
import { type FakeLeaseFolder, fakeLeaseFolder } from './fake-lease-folder.ts'
import { createHostLocal } from './plugin.ts'

/** The plugin over folders in memory, called as a runtime calls it. */
export const node = (files: Readonly<Record<string, string>> = {}) => {
  const folders = new Map<string, FakeLeaseFolder>()
  const openLeases = (path: string): FakeLeaseFolder => {
    const folder = folders.get(path) ?? fakeLeaseFolder(files)
    folders.set(path, folder)
    return folder
  }
  const readText = (path: string): string => {
    if (path !== '/etc/resolv.conf') throw new Error(`open ${path}: no such file or directory`)
    return 'nameserver 192.0.2.3\n'
  }
  const suite = { plugins: [createHostLocal({ openLeases, readText })], version: 'v1', host: fakeHost() }
  const call = (verb: string, config: object, env: Record<string, string> = {}) => {
    const { stdout, ...rest } = runFirst(
      suite,
      { CNI_COMMAND: verb, ...env },
      JSON.stringify({ cniVersion: '1.0.0', name: 'mynet', ...config }),
    )
    return { ...rest, result: stdout === '' ? undefined : JSON.parse(stdout) }
  }
  const contents = (network = 'mynet') => Object.fromEntries(folders.get(`/data/${network}`)?.files ?? [])
  return { call, contents, folders }
}

export const ipam = (ipam: object): object => ({ ipam: { type: 'host-local', dataDir: '/data', ...ipam } })
export const SMALL = ipam({ subnet: '10.1.2.0/24' })
