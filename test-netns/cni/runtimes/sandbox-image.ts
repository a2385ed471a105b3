/** The image of a pod's sandbox, in the form of `docker save`: busybox, which serves its host name at port 80. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../rig/run.ts'
import { SERVE_HOSTNAME } from './rootfs.ts'

export const SANDBOX_IMAGE = 'selvedge.test/pause:1'

/** Writes the image; returns its path. */
export const makeSandboxImage = ({ folder, rootfs }: { readonly folder: string; readonly rootfs: string }): string => {
  const parts = join(folder, 'image')
  mkdirSync(parts)
  run('tar', '--create', '--file', join(parts, 'layer.tar'), '--directory', rootfs, '.')
  const digest = createHash('sha256')
    .update(readFileSync(join(parts, 'layer.tar')))
    .digest('hex')
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: SERVE_HOSTNAME },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  }
  writeFileSync(join(parts, 'config.json'), JSON.stringify(config))
  writeFileSync(join(parts, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [SANDBOX_IMAGE], Layers: ['layer.tar'] }]))
  run('tar', '--create', '--file', join(folder, 'image.tar'), '--directory', parts, 'manifest.json', 'config.json', 'layer.tar')
  return join(folder, 'image.tar')
}
