/** What a platform lacks that no walls of ours can be put up on, in one sentence for the developer in front of it; undefined on Linux. Pure. */
export function missingPlatform(platform: NodeJS.Platform): string | undefined {
  if (platform === 'linux') return undefined;
  const name = platform === 'darwin' ? 'macOS' : platform;
  return `Linux: this is ${name}, which has none of these walls; run Aegis in the Linux container`;
}
