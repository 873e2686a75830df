export { openVault, type Vault, type VaultSettings } from './open-vault.ts';
export { openSealingVault, type SealingVault, type SealingSettings } from './open-sealing-vault.ts';
