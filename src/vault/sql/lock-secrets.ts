/** Before the key state, as every statement that writes a secret takes its locks; the other order would deadlock. */
export const lockSecrets = `lock table vault.secrets in share row exclusive mode`
