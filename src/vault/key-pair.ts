import { getDiffieHellman } from 'node:crypto'
import type { MasterKey } from './master-key.ts'

/** The 3072-bit safe-prime group of RFC 3526 with generator 2: about 128 bits of security, and no parameters of our own. */
const primeBytes = getDiffieHellman('modp15').getPrime()
const prime = toBigInt(primeBytes)
const generator = 2n

/** Twice what a safe-prime group of this size needs. */
const privateExponentBytes = 64

/** ElGamal, encrypt only (RFC 9580, section 9.1). */
export const elGamalAlgorithm = 16

/**
 * The public key as an OpenPGP key that pgcrypto accepts. pgcrypto skips the primary key, encrypts to the subkey and asks for no
 * signatures, so both are the same key. The time of its making is 0: the same master key always gives the same bytes.
 */
export function publicKeyOf(masterKey: MasterKey): Buffer {
  const y = modPow(generator, privateExponentOf(masterKey), prime)
  const body = Buffer.concat([Buffer.from([4, 0, 0, 0, 0, elGamalAlgorithm]), toMpi(prime), toMpi(generator), toMpi(y)])
  return Buffer.concat([toPacket(6, body), toPacket(14, body)])
}

/** What was encrypted to the public key as (c1, c2): the padded block, with its leading zeros. */
export function decryptBlock(masterKey: MasterKey, c1: Buffer, c2: Buffer): Buffer {
  const shared = modPow(toBigInt(c1), privateExponentOf(masterKey), prime)
  const block = (toBigInt(c2) * modInverse(shared, prime)) % prime
  return Buffer.from(block.toString(16).padStart(primeBytes.length * 2, '0'), 'hex')
}

/** The private key is this number and is kept nowhere: whoever has the master key has it. */
function privateExponentOf(masterKey: MasterKey): bigint {
  return toBigInt(masterKey.derive('catraca vault elgamal modp15', privateExponentBytes))
}

function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** Extended Euclid. The modulus is prime, so every value but 0 has an inverse. */
function modInverse(value: bigint, modulus: bigint): bigint {
  let [remainder, nextRemainder, factor, nextFactor] = [modulus, value % modulus, 0n, 1n]
  while (nextRemainder > 0n) {
    const quotient = remainder / nextRemainder
    ;[remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return factor < 0n ? factor + modulus : factor
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

/** A number as OpenPGP writes it: its length in bits, then its bytes. */
function toMpi(value: bigint): Buffer {
  const hex = value.toString(16)
  const header = Buffer.alloc(2)
  header.writeUInt16BE(value.toString(2).length)
  return Buffer.concat([header, Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')])
}

function toPacket(tag: number, body: Buffer): Buffer {
  const header = Buffer.from([0xc0 | tag, 0xff, 0, 0, 0, 0])
  header.writeUInt32BE(body.length, 2)
  return Buffer.concat([header, body])
}
