export { openVault, type Vault, type VaultSettings } from './open-vault.ts';
