import { decryptBlock, elGamalAlgorithm } from './key-pair.ts'
import type { MasterKey } from './master-key.ts'

const aes256 = 9

/**
 * Opens what `vault.seal_secret()` sealed: a message of pgcrypto's `pgp_pub_encrypt_bytea` with `cipher-algo=aes256`, in it the id, a
 * colon and the value. Only the session key is opened here, because openpgp refuses ElGamal keys at its public interface; the message
 * itself, its integrity check included, is openpgp's.
 */
export async function openPgp(masterKey: MasterKey, secretId: string, message: Buffer): Promise<string> {
  const sessionKey = openSessionKey(masterKey, message)
  // A start of the gateway that finds every secret rewrapped does without the library.
  const openpgp = await import('openpgp')
  const opened = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage: message }),
    sessionKeys: [{ data: sessionKey, algorithm: 'aes256' }],
    format: 'binary',
  })
  const text = Buffer.from(opened.data).toString('utf8')
  if (!text.startsWith(`${secretId}:`)) throw new Error('It was sealed for another row')
  return text.slice(secretId.length + 1)
}

/** The first packet, RFC 9580 section 5.1.1: version 3, a key id, the algorithm and the two numbers of ElGamal. */
function openSessionKey(masterKey: MasterKey, message: Buffer): Buffer {
  const packet = firstPacket(message)
  if (packet[0] !== 3 || packet[9] !== elGamalAlgorithm) throw new Error('It is not sealed with the public key of a vault')
  const [c1, rest] = readMpi(packet.subarray(10))
  const [c2] = readMpi(rest)
  const block = decryptBlock(masterKey, c1, c2)
  // 00 02, random bytes without a zero, 00, then: the cipher, its key, and a sum of the key's bytes.
  const end = block.indexOf(0, 2)
  const content = block.subarray(end + 1)
  const key = content.subarray(1, -2)
  const sum = key.reduce((total, byte) => total + byte, 0) & 0xffff
  const fits = block[0] === 0 && block[1] === 2 && end >= 10 && content[0] === aes256 && key.length === 32
  if (!fits || content.readUInt16BE(content.length - 2) !== sum) throw new Error('It is sealed with another public key, or was changed')
  return key
}

function firstPacket(message: Buffer): Buffer {
  const [tag, first, second] = message
  if (tag !== (0xc0 | 1) || first === undefined || second === undefined) throw new Error('It is not an encrypted message')
  const [start, length] = first < 192 ? [2, first] : [3, ((first - 192) << 8) + second + 192]
  if (first >= 224 || message.length < start + length) throw new Error('The message is cut short')
  return message.subarray(start, start + length)
}

function readMpi(bytes: Buffer): [value: Buffer, rest: Buffer] {
  const end = 2 + Math.ceil(bytes.readUInt16BE(0) / 8)
  if (bytes.length < end) throw new Error('The message is cut short')
  return [bytes.subarray(2, end), bytes.subarray(end)]
}
