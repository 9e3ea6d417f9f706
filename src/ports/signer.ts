/** Signs text with a private key that nothing shows. Synchronous, so that a signed command leaves in the step that asked for it. */
export interface SignerPort {
  /** As JSON Web Signatures name it: ECDSA on P-256 with SHA-256, or Ed25519. */
  readonly algorithm: 'ES256' | 'EdDSA'
  /** Returns the signature over UTF-8 text as unpadded base64url of its raw 64 bytes. */
  sign(text: string): string
}
