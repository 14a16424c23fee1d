import { expect, it } from 'vitest'
import { InvalidRequestError } from '../shared/errors.ts'
import { DeliveryError, toDeliveryError } from './delivery-error.ts'

const coded = (code: string, more: object = {}) => Object.assign(new Error('it failed'), { code, ...more })

it.each([
  ['what a sender says itself', new DeliveryError('no_template', 'no template'), 'no_template'],
  ['a login that the mail server refused', coded('EAUTH', { responseCode: 535 }), 'mail_login'],
  ['a message that it refused', coded('EENVELOPE', { responseCode: 550 }), 'mail_refused'],
  ['a name that nobody knows', coded('ENOTFOUND'), 'no_such_host'],
  ['a name server that is away', coded('EAI_AGAIN'), 'no_such_host'],
  ['a port that nobody listens on', coded('ECONNREFUSED'), 'unreachable'],
  ['a connection that broke', coded('UND_ERR_SOCKET'), 'unreachable'],
  ['a connection that took too long', coded('UND_ERR_CONNECT_TIMEOUT'), 'timeout'],
  ['a certificate that is over', coded('CERT_HAS_EXPIRED'), 'tls'],
  ['a certificate that nobody vouches for', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls'],
  ['a URL that may be none any more', new InvalidRequestError('invalid_body', 'not public'), 'address_refused'],
  ['anything else', 'a text', 'unknown'],
])('has a code for %s', (_name, thrown, code) => {
  expect(toDeliveryError(thrown).code).toBe(code)
})
