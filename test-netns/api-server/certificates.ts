/** A certificate authority of the server's own, and what it signs, made with the `openssl` program. */
import { writeFileSync } from 'node:fs'
import { execa } from 'execa'

/** Users and their groups, as a certificate's subject names them; the administrator may write, the others read. */
export const USERS = {
  admin: { name: 'kubernetes-admin', group: 'system:masters' },
  proxy: { name: 'system:kube-router', group: 'system:nodes' },
} as const

/**
 * Makes `ca`, `server`, and one pair per user, each a `.crt` and a `.key` file in `directory`.
 * @param addresses the IP addresses at which the server answers
 */
export const makeCertificates = async (directory: string, addresses: readonly string[]): Promise<void> => {
  // The system's openssl.cnf would make every certificate an authority.
  writeFileSync(`${directory}/openssl.cnf`, '[req]\ndistinguished_name = subject\n[subject]\n')
  await makeCertificate(directory, 'ca', [
    '-subj',
    '/CN=test-ca',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=keyCertSign,cRLSign',
  ])
  const names = [...SERVER_NAMES.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)]
  await Promise.all([
    makeSigned(directory, 'server', {
      subject: '/CN=kube-apiserver',
      usage: 'serverAuth',
      more: ['-addext', `subjectAltName=${names.join()}`],
    }),
    ...Object.entries(USERS).map(([file, { name, group }]) =>
      makeSigned(directory, file, { subject: `/O=${group}/CN=${name}`, usage: 'clientAuth', more: [] }),
    ),
  ])
}

const SERVER_NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

interface Leaf {
  readonly subject: string
  readonly usage: string
  readonly more: readonly string[]
}

const makeSigned = (directory: string, name: string, { subject, usage, more }: Leaf): Promise<void> =>
  makeCertificate(directory, name, [
    ...['-subj', subject, '-CA', `${directory}/ca.crt`, '-CAkey', `${directory}/ca.key`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${usage}`, ...more],
  ])

const makeCertificate = async (directory: string, name: string, parameters: readonly string[]): Promise<void> => {
  const files = ['-keyout', `${directory}/${name}.key`, '-out', `${directory}/${name}.crt`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await execa('openssl', ['req', '-x509', '-config', `${directory}/openssl.cnf`, '-days', '30', ...key, ...files, ...parameters])
}
